import { pathOf } from '../auth/outside.js';
import { buildDocument, operationsOf, serverAt } from './document.js';
import { samples } from './generated/samples.js';

/** How the languages are named that an operation is shown in. */
const LANGUAGES = [
  { lang: 'javascript', label: 'TypeScript', source: 'typescript' },
  { lang: 'python', label: 'Python', source: 'python' },
] as const;

/**
 * The document as the reference shows it: with how each operation is called by the official libraries. Programs read the other one, and
 * would carry along what only people read.
 */
export function documentWithSamples(publicUrl: string | undefined): string {
  const document = buildDocument();
  for (const operation of operationsOf(document)) {
    const sample = samples[operation.operationId!];
    if (!sample) continue;
    const shown = LANGUAGES.map(({ lang, label, source }) => ({ lang, label, source: sample[source] }));
    Object.assign(operation, { 'x-codeSamples': shown });
  }
  return JSON.stringify({ ...document, servers: [serverAt(pathOf(publicUrl))] });
}
