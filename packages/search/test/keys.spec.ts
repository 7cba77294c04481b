import { expect, it } from '@jest/globals';
import { bareKeyQueryOf, type KeyKind, keyQueryOf, keysOf } from '../src/keys.js';

/** Whether a value is found by a text, as a query that names the field. */
function finds(kind: KeyKind, value: string, text: string, isBeginning = false): boolean {
  const query = keyQueryOf(kind, text, isBeginning);
  if (!query) return false;
  return keysOf(kind, value).some((key) => (query.isBeginning ? key.startsWith(query.lexeme) : key === query.lexeme));
}

it.each<[KeyKind, string, string]>([
  ['phone', '+1-555-123-4567', '(555) 123-4567'],
  ['phone', '(555) 123-4567', '555.123.4567'],
  ['phone', '+1 555 123 4567', '00 1 555 1234567'],
  ['phone', '+49 (0)221 123456', '0221/123456'],
  ['phone', '0049 221 123456', '+49 221 123456'],
  ['phone', '0221 123456', '221123456'],
  ['phone', '+1 555 123 4567 ext. 89', '5551234567'],
  ['phone', '\uff10\uff12\uff12\uff11 123456', '0221 123456'],
  ['phone', '12345', '12345'],
  ['link', 'https://www.linkedin.com/in/Jane-Smith/', 'linkedin.com/in/jane-smith'],
  ['link', 'https://linkedin.com/in/jane', 'http://de.linkedin.com/in/jane/?trk=x#top'],
  ['link', 'https://linkedin.com/in/jos%C3%A9', 'linkedin.com/in/jos\u00e9'],
  ['link', 'https://linkedin.com/in/jane', 'jane'],
  ['link', 'https://jane.example/', 'jane.example'],
  ['link', 'https://example.com/100%', 'example.com/100%'],
  ['id', 'GH-12345', 'gh-12345'],
  ['id', 'A  1', 'a 1'],
  ['id', "o'b\\1", "O'B\\1"],
])('%s: %j by %j', (kind, value, text) => expect(finds(kind, value, text)).toBe(true));

it.each<[KeyKind, string, string]>([
  ['phone', '+1-555-123-4567', '555-123'],
  ['phone', '+1-555-123-4567', '2 555 123 4567'],
  ['phone', '+1-555-123-4567', '4567'],
  ['phone', '+1-555-123-4567', 'ext. 4567'],
  ['link', 'https://linkedin.com/in/jane', 'linkedin.com'],
  ['link', 'https://linkedin.com/in/jane', 'linkedin.com/in'],
  ['id', 'GH-12345', '12345'],
])('%s: %j not by %j', (kind, value, text) => expect(finds(kind, value, text)).toBe(false));

it('the beginning of an id or a link is enough with a star, of a number it is not', () => {
  expect(finds('id', 'GH-12345', 'gh-', true)).toBe(true);
  expect(finds('link', 'https://linkedin.com/in/jane', 'linkedin.com/in/ja', true)).toBe(true);
  expect(finds('id', 'GH-12345', 'g', true)).toBe(false);
  expect(finds('phone', '+1-555-123-4567', '1234567', true)).toBe(false);
});

it.each<[KeyKind, string, boolean]>([
  ['phone', '+1-555-1234', true],
  ['phone', '1234', false],
  ['phone', 'java11', false],
  ['link', 'linkedin.com/in/jane', true],
  ['link', 'jane', false],
  ['id', 'GH-1', true],
  ['id', 'java', false],
  ['id', 'java 8', false],
])('%s is looked for without a field by what looks like one: %j', (kind, text, isOne) =>
  expect(bareKeyQueryOf(kind, text) !== undefined).toBe(isOne),
);
