import fc from 'fast-check';
import { z } from 'zod';

/** What no field expects, but every parser meets one day. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    '\u0000',
    'a\u0000b',
    '\ud800',
    'x\udc00y',
    '\u202e',
    "'; drop table candidates; --",
    '%00',
    '1e999',
    1e308,
    -1e308,
    Number.MAX_SAFE_INTEGER + 2,
    9_223_372_036_854_775_808,
    -0,
    null,
    [],
    {},
    [[[[[[]]]]]],
    { constructor: 1 },
    { toString: 1, valueOf: 1, length: -1 },
    '2026-02-30T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
    '0000-01-01T00:00:00Z',
    '00000000-0000-0000-0000-000000000000',
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.string({ minLength: 5_000, maxLength: 30_000 }),
  fc.double(),
  fc.boolean(),
  fc.array(fc.string({ maxLength: 5 }), { minLength: 101, maxLength: 150 }),
  fc.object({ maxDepth: 3 }),
);

/** Values that a contract's schema mostly accepts, so that what lies behind the validation is reached too. */
function plausible(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return plausible(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodPipe) return plausible(schema.in as z.ZodType);
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodNumber) return fc.nat({ max: 100_000 });
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodArray) return fc.array(plausible(schema.element as z.ZodType), { maxLength: 5 });
  if (schema instanceof z.ZodRecord) {
    return fc.dictionary(fc.string({ maxLength: 10 }), fc.oneof(fc.string({ maxLength: 10 }), fc.integer()), {
      maxKeys: 5,
    });
  }
  return fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    fc.constantFrom(
      'José',
      "o'brien",
      'C++',
      '李小龍',
      'jane@example.com',
      'https://example.com/a?b=c#d',
      'https://bücher.example/ü ö?a=[1]|b#é',
      'https://a%zz@example.com/%zz?"<>`{|}^#"<>`{|}^',
      'USD',
      '2026-11-23T12:00:00+01:00',
    ),
  );
}

/** An object with some of a schema's members, each plausible or hostile, and now and then one that it does not know. */
export function membersOf(schema: z.ZodType | undefined, hostilePercent = 30): fc.Arbitrary<Record<string, unknown>> {
  const shape = schema instanceof z.ZodObject ? schema.shape : {};
  const entries = Object.entries(shape).map(([name, member]) => {
    const value = fc.oneof(
      { weight: 100 - hostilePercent, arbitrary: plausible(member as z.ZodType) },
      { weight: hostilePercent, arbitrary: hostileValue },
    );
    return [name, value] as const;
  });
  return fc
    .tuple(
      fc.record(Object.fromEntries(entries), { requiredKeys: [] }),
      fc.option(fc.dictionary(fc.string({ maxLength: 20 }), hostileValue, { maxKeys: 2 }), { freq: 6, nil: {} }),
    )
    .map(([known, unknown]) => ({ ...unknown, ...known }));
}

/** A value as somebody would put it into a URL. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
