import { describe, expect, test } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { includesTag, parseEntityTags, versionsIn } from '../src/http/entity-tag.js';
import { parseIdempotencyKey } from '../src/http/idempotency-key.js';

const VISIBLE = Array.from({ length: 94 }, (_, n) => String.fromCharCode(0x21 + n)).join('');

describe('an idempotency key', () => {
  test.each([
    ['abc', 'abc'],
    ['"abc"', 'abc'],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['a"b', 'a"b'],
    [String.raw`a\b`, String.raw`a\b`],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ['a,b;c=d', 'a,b;c=d'],
    [VISIBLE, VISIBLE],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
    [`"${String.raw`\"`.repeat(255)}"`, '"'.repeat(255)],
  ])('%s is taken', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  test.each([
    ['nothing', ''],
    ['an empty string', '""'],
    ['256 characters', 'x'.repeat(256)],
    ['256 characters in quotes', `"${'x'.repeat(256)}"`],
    ['a space', 'a b'],
    ['a space in quotes', '"a b"'],
    ['a tab', 'a\tb'],
    ['a control character', 'a\u007fb'],
    ['a character beyond ASCII', 'é'],
    ['a quote that does not end', '"abc'],
    ['something after the string', '"abc";p=1'],
    ['two strings, as two headers become', '"a", "b"'],
    ['two keys, as two headers become', 'a, b'],
    ['an escape of what needs none', String.raw`"a\b"`],
    ['a quote within a string', '"a"b"'],
  ])('%s is refused', (_what, header) => {
    expect(parseIdempotencyKey(header)).toBeUndefined();
  });
});

describe('entity tags', () => {
  test.each([
    ['*', '*'],
    [' * ', '*'],
    ['"1"', ['1']],
    ['"1","2"', ['1', '2']],
    ['"1" ,\t"2"', ['1', '2']],
    // RFC 9110, section 5.6.1: empty members of a list are nothing.
    [', "1",, "2",', ['1', '2']],
    ['""', ['']],
    ['"a,b", "*"', ['a,b', '*']],
    ['"é"', ['é']],
    // As proxies that compress write it.
    ['"1-gzip", "2-br", "3-zstd", "4-deflate"', ['1', '2', '3', '4']],
    ['"1-gz", "gzip", "1-gzip-x"', ['1-gz', 'gzip', '1-gzip-x']],
    // As a proxy that compresses makes it.
    ['W/"1", W/"2-gzip"', ['1', '2']],
  ])('%s is read', (header, tags) => {
    expect(parseEntityTags(header)).toEqual(tags);
  });

  test.each([
    '',
    ',',
    '1',
    '"1',
    '1"',
    "'1'",
    '"1" "2"',
    '"1"; "2"',
    'w/"1"',
    'W/1',
    'W/ "1"',
    '*, "1"',
    '"1", *',
    '"a b"',
  ])('%s is refused', (header) => {
    expect(parseEntityTags(header)).toBeUndefined();
  });

  test('a long list of commas costs no more than its length', () => {
    const startedAt = performance.now();
    expect(parseEntityTags(`"1"${', '.repeat(8_000)}x`)).toBeUndefined();
    expect(parseEntityTags(`${'"1",'.repeat(4_000)}x`)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(scaled(500));
  });

  test('a tag that no version of ours has stands for no version', () => {
    const tags = ['3', '03', '3.0', '-3', 'abc', '', '0', '99999999999', '12'];
    expect(versionsIn(tags)).toEqual([3, 12]);
  });

  test('one of several is enough', () => {
    expect(includesTag(['6', '7'], '"7"')).toBe(true);
    expect(includesTag(['6'], '"7"')).toBe(false);
    expect(includesTag('*', '"7"')).toBe(true);
    expect(includesTag([], '"7"')).toBe(false);
  });
});
