import { readFileSync, writeFileSync } from 'node:fs';
import { collectionOf, type Document, toText } from './postman.js';

/** Writes the Postman collection of the document in one file to another. */
const [, , document, collection] = process.argv;
if (!document || !collection) throw new Error('usage: write.js <openapi.json> <collection.json>');
writeFileSync(collection, toText(collectionOf(JSON.parse(readFileSync(document, 'utf8')) as Document)));
