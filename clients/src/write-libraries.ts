import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Document } from './libraries/document.js';
import { emitLibraries } from './libraries/emit.js';

/** Writes what the official libraries have of the document in one file to where it is in the repository. */
const [, , document, root] = process.argv;
if (!document || !root) throw new Error('usage: write-libraries.js <openapi.json> <root of the repository>');
for (const [path, text] of Object.entries(
  emitLibraries(JSON.parse(readFileSync(document, 'utf8')) as Document, root),
)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
