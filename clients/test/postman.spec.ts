import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { buildDocument } from '@nexivo/gateway/openapi/document';
import { collectionOf, type Document, toText } from '../src/postman.js';

const document = JSON.parse(JSON.stringify(buildDocument())) as Document;

test('the collection in the repository is that of the document; `npm run openapi` writes it anew', () => {
  const file = readFileSync(new URL('../../postman.json', import.meta.url), 'utf8');
  expect(file).toBe(toText(collectionOf(document)));
});
