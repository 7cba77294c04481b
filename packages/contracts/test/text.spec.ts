import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { z } from 'zod';
import {
  customFields,
  customFieldsPatch,
  emailAddress,
  id,
  instant,
  multilineText,
  text,
  timestamp,
  uniqueTexts,
  webUrl,
} from '../src/text.js';
import { createWebhookInput } from '../src/webhooks.js';

/** The messages that a value is refused with; none if it is accepted. */
const faultsOf = (schema: z.ZodType, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe('text', () => {
  it('is trimmed of every kind of blank, and has one where there were several inside', () => {
    expect(text(10).parse('\t\u00a0 a  b \u3000\n')).toBe('a b');
    expect(text(10).parse('a\r\n\tb\u2028c\u0085d')).toBe('a b c d');
  });

  it.each(['\u200b', '\u2066\u2069', '\u3164', '\u2800 \ufeff', '\u00ad'])(
    'is blank when it shows nothing: %j',
    (value) => {
      expect(faultsOf(text(10), value)).toHaveLength(1);
      expect(faultsOf(multilineText(10), value)).toHaveLength(1);
    },
  );

  it('keeps what shows nothing by itself between what does', () => {
    expect(text(10).parse('👩‍💻')).toBe('👩‍💻');
    expect(text(10).parse('می\u200cخواهم')).toBe('می\u200cخواهم');
  });

  it.each(['a\u0007', '\u001b[31m', 'a\u009fb'])('has no control characters: %j', (value) => {
    expect(faultsOf(text(10), value)).toEqual(['must not contain control characters']);
    expect(faultsOf(multilineText(10), value)).toEqual(['must not contain control characters']);
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

  it('is not looked at when it is much longer than it may be, whatever would be left of it', () => {
    expect(text(10).parse(`${' '.repeat(1_000)}a`)).toBe('a');
    expect(faultsOf(text(10), `${' '.repeat(2_000)}a`)).toEqual(['must have at most 10 characters']);
    expect(faultsOf(emailAddress, '@'.repeat(10_000))).toEqual(['must have at most 254 characters']);
  });

  it.each([1, true, null, undefined, ['a'], {}])('is never made of something else: %j', (value) => {
    expect(faultsOf(text(10), value)).toHaveLength(1);
  });
});

describe('a text of several lines', () => {
  it('keeps its line breaks, tabs and blanks, but for those around it', () => {
    expect(multilineText(30).parse('\n  a\r\n\tb  c\n\nd \n')).toBe('a\r\n\tb  c\n\nd');
  });
});

describe('an e-mail address', () => {
  it('is kept as it was written, less the blanks around it', () => {
    expect(emailAddress.parse(' Jane.Smith+x@Example.COM ')).toBe('Jane.Smith+x@Example.COM');
  });

  it.each([
    "o'brien@example.com",
    'a!#$%&*+/=?^_`{|}~-b@example.com',
    'müller@bücher.example',
    '用户@例子.公司',
    'δοκιμή@παράδειγμα.δοκιμή',
    'x@xn--bcher-kva.example',
    `${'a'.repeat(64)}@example.com`,
  ])('is %j', (value) => {
    expect(emailAddress.parse(value)).toBe(value);
  });

  it.each([
    'jane',
    'jane@',
    '@example.com',
    'jane@example',
    '.jane@example.com',
    'jane.@example.com',
    'ja..ne@example.com',
    'jane@example..com',
    'jane@-example.com',
    'jane@10.0.0.7',
    'jane@exam_ple.com',
    'ja\u200bne@example.com',
    `${'a'.repeat(65)}@example.com`,
    `${'ü'.repeat(33)}@example.com`,
    `jane@${'a'.repeat(64)}.com`,
  ])('is not %j', (value) => {
    expect(faultsOf(emailAddress, value)).toEqual(['must be an email address']);
  });

  it.each([
    'a b@example.com',
    'a@b@example.com',
    'Jane <jane@example.com>',
    'a@example.com, b@example.com',
    'a@x.com;b@x.com',
  ])('is one and nothing else: %j', (value) => {
    expect(faultsOf(emailAddress, value)).toEqual(['must be one email address, without a name']);
  });

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

const isUri = addFormats.default(new Ajv()).compile({ type: 'string', format: 'uri' });

/** Taken by the URL parser, and not by RFC 3986 as they are. */
const HOSTILE_URLS = [
  'https://example.com/a b?c d#e f',
  'https://example.com/ü?ä=ö#é',
  'https://bücher.example:8443/',
  'https://example.com/%zz%?x=%',
  'https://example.com/"<>\\^`{|}',
  'https://example.com/?"<>^`{|}[]',
  'https://example.com/#"<>^`{|}[]#',
  'https://example.com/\u200b\u2028\ufeff😀',
  "https://example.com/'()*!$&+,;=:@~",
  'https://user:pa%ss@example.com/',
  'https://user name:p@ss@example.com/',
  'https://[2001:db8::1]:8080/a',
  'https://example.com./..//./a',
  'HTTPS:\\\\EXAMPLE.COM\\a'.replace('\\\\', '//'),
];

describe('a URL that is kept', () => {
  it.each([
    ['HTTPS://Example.COM', 'https://example.com/'],
    ['https://example.com/a b', 'https://example.com/a%20b'],
    ['https://example.com/ü?q=ä|b#é', 'https://example.com/%C3%BC?q=%C3%A4%7Cb#%C3%A9'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://example.com/[1]?x=[2]&y=100%', 'https://example.com/%5B1%5D?x=%5B2%5D&y=100%25'],
    ['https://[::1]:8080/a#b#c', 'https://[::1]:8080/a#b%23c'],
    ['https://example.com/a/../b', 'https://example.com/b'],
  ])('%s is written %s', (given, kept) => {
    expect(webUrl.parse(given)).toBe(kept);
    expect(webUrl.parse(kept)).toBe(kept);
  });

  it.each(HOSTILE_URLS)('satisfies the format that the document says it has: %s', (given) => {
    for (const schema of [webUrl, createWebhookInput.shape.url]) {
      const { data: kept } = schema.safeParse(given);
      if (kept !== undefined) expect({ kept, isUri: isUri(kept) }).toEqual({ kept, isUri: true });
    }
    expect(webUrl.safeParse(given).success).toBe(true);
  });

  it.each(['https://a.example/ https://b.example/', 'https://a.example/,https://b.example/'])(
    'is one: not %j',
    (value) => {
      expect(faultsOf(webUrl, value)).toEqual(['must be one URL']);
    },
  );

  it('is short enough once it is encoded, too', () => {
    expect(faultsOf(webUrl, `https://example.com/${'ü'.repeat(400)}`)).toHaveLength(1);
  });
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
    ['2026-11-23t12:00:00z', '2026-11-23T12:00:00.000Z'],
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
  it('has each once, as and where it was first given; neither case nor accents tell them apart', () => {
    expect(uniqueTexts(10, 10).parse(['b', ' a ', 'b', 'ä', 'A', 'か', 'が'])).toEqual(['b', 'a', 'か', 'が']);
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

  it('are at most 100', () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`f${n}`, n]));
    expect(faultsOf(customFields, many)).toEqual(['must have at most 100 members']);
    const { f100: _, ...fewer } = many;
    expect(faultsOf(customFields, fewer)).toEqual([]);
  });

  it.each(['', ' ', 'x'.repeat(201), '\u0000', 'a\u0011'])('are not named %j', (name) => {
    expect(faultsOf(customFields, { [name]: 1 })).toHaveLength(1);
  });

  it('are refused without a look at each where they are far too many, in a patch as well', () => {
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`f${n}`, []]));
    for (const schema of [customFields, customFieldsPatch])
      expect(faultsOf(schema, many)).toEqual(['must have at most 100 members']);
  });

  it('have no two names that are one once they are normalised', () => {
    for (const schema of [customFields, customFieldsPatch]) {
      expect(faultsOf(schema, { 'a b': 1, ' a  b': 2 })).toEqual(['has the same name as "a b"']);
      expect(faultsOf(schema, { a: 1, A: 2 })).toEqual([]);
    }
  });

  it('take null in a patch, to remove one', () => {
    expect(customFieldsPatch.parse({ a: null, b: 1 })).toEqual({ a: null, b: 1 });
  });
});
