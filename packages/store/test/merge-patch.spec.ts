import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { patchColumns, patchCustomFields } from '../src/merge-patch.js';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** RFC 7396, section 2, word for word. */
function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = Object.assign(Object.create(null), isObject(target) ? target : {});
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name] ?? null, value);
  }
  return result;
}

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const scalar = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
/** A few names only, so that patches meet what is there; some that an object has by nature. */
const name = fc.constantFrom('a', 'b', 'c', '', 'constructor', 'toString', '__proto__', '0');
const fields = fc.dictionary(name, scalar);
const patchOfFields = fc.dictionary(name, fc.option(scalar));

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, n]));

/** Equal as JSON, whatever the order of members. */
const sorted = (value: object): [string, unknown][] => Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));

describe('custom_fields', () => {
  it('are merged as RFC 7396 says, whatever their names', () => {
    fc.assert(
      fc.property(fields, patchOfFields, (target, patch) => {
        expect(sorted(patchCustomFields(target, patch))).toEqual(sorted(mergePatch(target, patch) as object));
      }),
      { numRuns: 1_000 },
    );
  });

  it('do not change by a patch that has been applied already', () => {
    fc.assert(
      fc.property(fields, patchOfFields, (target, patch) => {
        const once = patchCustomFields(target, patch);
        expect(patchCustomFields(once, patch)).toEqual(once);
      }),
    );
  });

  it('are left as they were in what was given', () => {
    const before = { a: 1 };
    patchCustomFields(before, { a: null, b: 2 });
    expect(before).toEqual({ a: 1 });
  });

  it('all go with null for the whole', () => {
    expect(patchCustomFields({ a: 1 }, null)).toEqual({});
  });

  it('are at most 100 after the patch: what it removes counts, and what was over before may shrink', () => {
    expect(() => patchCustomFields(many(100), { more: 1 })).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        errors: [
          { field: 'custom_fields', code: 'too_many', message: 'must have at most 100 members; it would have 101' },
        ],
      }),
    );
    expect(Object.keys(patchCustomFields(many(100), { f0: null, more: 1 }))).toHaveLength(100);
    expect(
      Object.keys(patchCustomFields({}, Object.fromEntries(Object.keys(many(199)).map((key) => [key, null])))),
    ).toEqual([]);
  });
});

describe('columns', () => {
  interface Patch {
    title?: string | null;
    tags?: string[] | null;
    custom_fields?: Record<string, number | null> | null;
  }
  const row = { title: 'a', tags: ['x'], custom_fields: { a: 1 } };
  const columnsOf = (patch: Patch) => patchColumns(row, patch, ['tags']);

  it('are set to what the patch has, and no others', () => {
    expect(columnsOf({ title: 'b' })).toEqual({ title: 'b' });
    expect(columnsOf({})).toEqual({});
  });

  it('that hold a list become empty by null; others become null', () => {
    expect(columnsOf({ title: null, tags: null })).toEqual({ title: null, tags: [] });
  });

  it('that hold a list take the new one whole', () => {
    expect(columnsOf({ tags: ['y'] })).toEqual({ tags: ['y'] });
  });

  it('that hold custom_fields are merged member by member', () => {
    expect(columnsOf({ custom_fields: { b: 2 } })).toEqual({ custom_fields: { a: 1, b: 2 } });
    expect(columnsOf({ custom_fields: null })).toEqual({ custom_fields: {} });
  });
});
