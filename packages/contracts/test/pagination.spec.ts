import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { anyOf, commaSeparated, listParameters, MAX_PAGED_ROWS, pageDepth, pageParameters } from '../src/pagination.js';
import { text } from '../src/text.js';

const query = z.strictObject(listParameters(['created_at', 'title'])).refine(pageDepth.check, pageDepth.message);

const pathsOf = (given: Record<string, unknown>): string[] =>
  query.safeParse(given).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('a page', () => {
  it('is the first with 25 items, newest first, unless told', () => {
    expect(query.parse({})).toEqual({ page: 1, per_page: 25, sort: '-created_at' });
  });

  it.each(['1', '100', '007'])('may have per_page=%s', (per_page) => {
    expect(query.parse({ per_page })).toMatchObject({ per_page: Number(per_page) });
  });

  it.each(['0', '101', '-1', '+1', '1.0', '1e1', '', ' 1', '1 ', 'ten', '٣', '9'.repeat(30)])(
    'may not have per_page=%s',
    (per_page) => {
      expect(pathsOf({ per_page })).toEqual(['per_page']);
    },
  );

  it.each(['0', '-1', '1.5', '', 'first', '10001', '9'.repeat(30)])('may not be page=%s', (page) => {
    expect(pathsOf({ page })).toEqual(['page']);
  });

  it.each([
    ['100', '100'],
    ['400', '25'],
    ['10000', '1'],
  ])('may end at the last row that page numbers reach: page %s of %s', (page, per_page) => {
    expect(pathsOf({ page, per_page })).toEqual([]);
    expect(Number(page) * Number(per_page)).toBe(MAX_PAGED_ROWS);
  });

  it.each([
    ['101', '100'],
    ['401', '25'],
    ['5001', '2'],
  ])('may not end beyond it, and is told what to do: page %s of %s', (page, per_page) => {
    const { error } = query.safeParse({ page, per_page });
    expect(error?.issues).toEqual([
      expect.objectContaining({
        path: ['page'],
        params: { code: 'page_too_deep' },
        message: 'page × per_page must be at most 10000; to read further, follow meta.next_cursor with cursor',
      }),
    ]);
  });

  it('takes no page size of another shape for a default', () => {
    expect(z.strictObject(pageParameters).safeParse({ page: 1 }).success).toBe(false);
  });
});

describe('a sort', () => {
  it.each(['created_at', '-created_at', 'title', '-title'])('is %s', (sort) => {
    expect(query.parse({ sort })).toMatchObject({ sort });
  });

  it.each(['id', '--title', '+title', 'title,created_at', 'Title', '', 'title; drop table jobs'])(
    'is not %j',
    (sort) => {
      expect(pathsOf({ sort })).toEqual(['sort']);
    },
  );
});

describe('time bounds', () => {
  it('are brought to UTC', () => {
    expect(query.parse({ created_after: '2026-11-23T12:00:00+02:00' })).toMatchObject({
      created_after: '2026-11-23T10:00:00.000Z',
    });
  });

  it.each(['created_after', 'created_before', 'updated_after', 'updated_before'])(
    'are refused in %s when they are none',
    (name) => {
      expect(pathsOf({ [name]: 'yesterday' })).toEqual([name]);
    },
  );
});

describe('several values', () => {
  const values = commaSeparated(['a', 'b', 'c']);

  it.each([
    ['a', ['a']],
    ['b,a', ['b', 'a']],
    [' a , b ', ['a', 'b']],
    ['a,a,a', ['a']],
  ])('%j', (given, meant) => {
    expect(values.parse(given)).toEqual(meant);
  });

  it.each(['', 'd', 'a,', ',a', 'a,,b', 'A', 'a;b', 'a b'])('are not %j', (given) => {
    expect(values.safeParse(given).success).toBe(false);
  });
});

describe('a filter by any of several texts', () => {
  const values = anyOf(text(20), 'Rows');

  it.each([
    ['Berlin', ['Berlin']],
    ['Berlin, Köln ,Bonn', ['Berlin', 'Köln', 'Bonn']],
    ['"Washington, D.C."', ['Washington, D.C.']],
    ['Paris,"Washington, D.C.", Rome', ['Paris', 'Washington, D.C.', 'Rome']],
    ['Paris,Paris', ['Paris']],
    ['6\'2" tall', ['6\'2" tall']],
    ['"quoted"', ['quoted']],
  ])('%s', (given, expected) => expect(values.parse(given)).toEqual(expected));

  it.each(['', ' ', ',', 'a,', ',a', 'a,,b', '""', 'x'.repeat(21), Array.from({ length: 51 }, (_, n) => n).join(',')])(
    'refuses %j',
    (given) => expect(values.safeParse(given).success).toBe(false),
  );
});
