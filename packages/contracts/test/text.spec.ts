import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import {
  customFields,
  customFieldsPatch,
  emailAddress,
  id,
  instant,
  text,
  timestamp,
  uniqueTexts,
  webUrl,
} from '../src/text.js';

/** The messages that a value is refused with; none if it is accepted. */
const faultsOf = (schema: z.ZodType, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe('text', () => {
  it('is trimmed of every kind of blank, and keeps those inside', () => {
    expect(text(10).parse('\t\u00a0 a  b \u3000\n')).toBe('a  b');
  });

  it('is put into the composed form', () => {
    expect(text(10).parse('e\u0301')).toBe('\u00e9');
  });

  it.each(['', ' ', '\u00a0\t\n'])('is refused when it is blank: %j', (value) => {
    expect(faultsOf(text(10), value)).toHaveLength(1);
  });

  it('may be blank where that is said to be enough', () => {
    expect(text(10, 0).parse(' ')).toBe('');
  });

  it.each(['\u0000', 'a\u0000b', ' \u0000 '])('never holds a NUL: %j', (value) => {
    expect(faultsOf(text(10), value)).toEqual(['must not contain NUL characters']);
  });

  it.each(['\ud800', 'a\udc00', '\udc00\ud800', '\ud83d \ude00'])('never holds half a character: %j', (value) => {
    expect(faultsOf(text(10), value)).toEqual(['must not contain lone surrogates']);
  });

  it('is measured in characters and not in UTF-16 units, as JSON Schema measures it', () => {
    expect(text(1).parse('😀')).toBe('😀');
    expect(faultsOf(text(1), '😀😀')).toHaveLength(1);
  });

  it('is measured after it has been trimmed and composed', () => {
    expect(text(3).parse('  abc  ')).toBe('abc');
    expect(text(1).parse('e\u0301')).toBe('\u00e9');
    expect(faultsOf(text(3), 'abcd')).toHaveLength(1);
  });

  it.each([1, true, null, undefined, ['a'], {}])('is never made of something else: %j', (value) => {
    expect(faultsOf(text(10), value)).toHaveLength(1);
  });
});

describe('an e-mail address', () => {
  it('is kept as it was written, less the blanks around it', () => {
    expect(emailAddress.parse(' Jane.Smith+x@Example.COM ')).toBe('Jane.Smith+x@Example.COM');
  });

  it.each(['jane', 'jane@', '@example.com', 'jane@example', 'a b@example.com', 'a@b@example.com'])(
    'is not %j',
    (value) => {
      expect(faultsOf(emailAddress, value)).toEqual(['must be an email address']);
    },
  );

  it('has at most 254 characters', () => {
    const labels = `${'a'.repeat(59)}.`.repeat(4);
    expect(faultsOf(emailAddress, `${'a'.repeat(10)}@${labels}com`)).toEqual([]);
    expect(faultsOf(emailAddress, `${'a'.repeat(11)}@${labels}com`)).toHaveLength(1);
  });
});

describe('a URL', () => {
  it.each(['https://example.com', 'http://localhost:8080/a?b=c#d', 'HTTPS://EXAMPLE.COM/ü'])('is %j', (value) => {
    expect(faultsOf(webUrl, value)).toEqual([]);
  });

  it.each(['ftp://example.com', 'javascript:alert(1)', 'example.com', '//example.com', '/path', 'https://'])(
    'is not %j',
    (value) => {
      expect(faultsOf(webUrl, value)).toEqual(['must be an http or https URL']);
    },
  );
});

describe('an id', () => {
  it('is a UUID of any version, in lower case', () => {
    expect(id.parse('019AB2F0-7A0E-7C3C-9D0B-0F6F2C1F6F6E')).toBe('019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e');
  });

  it.each([
    '1',
    '019ab2f07a0e7c3c9d0b0f6f2c1f6f6e',
    '{019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e}',
    ' 019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e',
  ])('is not %j', (value) => {
    expect(faultsOf(id, value)).toEqual(['must be a UUID']);
  });
});

describe('an instant', () => {
  it.each([
    ['2026-11-23T12:00:00Z', '2026-11-23T12:00:00.000Z'],
    ['2026-11-23T12:00:00.123Z', '2026-11-23T12:00:00.123Z'],
    ['2026-11-23T12:00:00.1239Z', '2026-11-23T12:00:00.123Z'],
    ['2026-11-23T12:00:00+02:00', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23T00:30:00-05:30', '2026-11-23T06:00:00.000Z'],
    ['2028-02-29T12:00:00Z', '2028-02-29T12:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s becomes %s: UTC with milliseconds', (given, meant) => {
    expect(instant.parse(given)).toBe(meant);
    expect(faultsOf(timestamp, meant)).toEqual([]);
  });

  it.each([
    '2026-11-23',
    '2026-11-23T12:00:00',
    '2026-11-23 12:00:00Z',
    '2026-02-29T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T12:60:00Z',
    '2026-11-23T12:00:00+0200',
    '2026-11-23T12:00:00 02:00',
    '1764000000',
    '',
  ])('is not %j, and what it should be is said', (value) => {
    expect(faultsOf(instant, value)).toEqual(['must be an RFC 3339 date and time, such as 2026-11-23T12:00:00.000Z']);
  });

  it.each(['0000-12-31T23:59:59Z', '0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01'])(
    'lies within the years that Postgres and RFC 3339 share, offset included: not %s',
    (value) => {
      expect(faultsOf(instant, value)).toEqual(['must lie between the years 0001 and 9999']);
    },
  );
});

describe('a list of texts', () => {
  it('has each once, in the order first given, after trimming; case tells them apart', () => {
    expect(uniqueTexts(10, 10).parse(['b', ' a ', 'b', 'a', 'A'])).toEqual(['b', 'a', 'A']);
  });

  it('has no more entries than it may have', () => {
    expect(faultsOf(uniqueTexts(2, 10), ['a', 'b'])).toEqual([]);
    expect(faultsOf(uniqueTexts(2, 10), ['a', 'b', 'c'])).toHaveLength(1);
  });

  it('has no entry that is blank or too long', () => {
    expect(faultsOf(uniqueTexts(3, 1), ['a', ' ', 'bb'])).toHaveLength(2);
  });
});

describe('custom fields', () => {
  it('hold text, numbers and booleans, text trimmed and possibly empty', () => {
    expect(customFields.parse({ ' a ': ' x ', b: '', c: -1.5, d: false })).toEqual({
      a: 'x',
      b: '',
      c: -1.5,
      d: false,
    });
  });

  it.each([[null], [[]], [{}], ['x'.repeat(1_001)], [Number.NaN], [Number.POSITIVE_INFINITY], ['a\u0000']])(
    'do not hold %j',
    (value) => {
      expect(faultsOf(customFields, { field: value })).toHaveLength(1);
    },
  );

  it('hold whole numbers only as far as they are exact', () => {
    expect(faultsOf(customFields, { field: Number.MAX_SAFE_INTEGER })).toEqual([]);
    expect(faultsOf(customFields, { field: Number.MAX_SAFE_INTEGER + 1 })).toHaveLength(1);
    expect(faultsOf(customFields, { field: 1e300 })).toHaveLength(1);
  });

  it('are at most 50', () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, n]));
    expect(faultsOf(customFields, many)).toEqual(['must have at most 50 members']);
    const { f50: _, ...fewer } = many;
    expect(faultsOf(customFields, fewer)).toEqual([]);
  });

  it.each(['', ' ', 'x'.repeat(61), '\u0000'])('are not named %j', (name) => {
    expect(faultsOf(customFields, { [name]: 1 })).toHaveLength(1);
  });

  it('take null in a patch, to remove one', () => {
    expect(customFieldsPatch.parse({ a: null, b: 1 })).toEqual({ a: null, b: 1 });
  });
});
