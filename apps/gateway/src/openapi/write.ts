import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { buildDocument, toText } from './document.js';

/** Writes the document to the file named, for tools that want one. */
const [, , file] = process.argv;
if (!file) throw new Error('usage: write.js <file>');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, toText(buildDocument()));
