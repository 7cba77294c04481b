import { describe, expect, it } from '@jest/globals';
import { createCandidateInput } from '@nexivo/contracts/candidates';
import { createJobInput, listJobsInput } from '@nexivo/contracts/jobs';
import { routes } from '@nexivo/contracts/routes';
import { z } from 'zod';
import { DomainError } from '../src/domain-error.js';
import { type Source, validate } from '../src/validation.js';

/** What a value is refused with. */
function refusalOf(schema: z.ZodType, value: unknown, source?: Source): DomainError {
  try {
    validate(schema, value, source);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('the value was accepted');
}

const faultsOf = (...parameters: Parameters<typeof refusalOf>) => refusalOf(...parameters).errors;

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, n]));
const anything = z.strictObject({ field: z.unknown().optional() });

describe('a value that fits', () => {
  it('comes back as the schema makes it', () => {
    expect(validate(createJobInput, { title: '  Engineer ' })).toEqual({
      title: 'Engineer',
      openings: 1,
      status: 'open',
    });
  });
});

describe('each fault has a stable code and a sentence that follows its name', () => {
  it.each<[string, z.ZodType, unknown, { code: string; message: string }]>([
    ['a member that is absent', z.string(), undefined, { code: 'required', message: 'is required' }],
    ['a choice that is absent', z.enum(['a', 'b']), undefined, { code: 'required', message: 'is required' }],
    ['null', z.string(), null, { code: 'invalid_type', message: 'must be a string, not null' }],
    ['a number for text', z.string(), 1, { code: 'invalid_type', message: 'must be a string, not a number' }],
    ['an array for an object', z.object({}), [], { code: 'invalid_type', message: 'must be an object, not an array' }],
    [
      'an object for an array',
      z.array(z.string()),
      {},
      { code: 'invalid_type', message: 'must be an array, not an object' },
    ],
    [
      'text for a map',
      z.record(z.string(), z.string()),
      'x',
      { code: 'invalid_type', message: 'must be an object, not a string' },
    ],
    ['a fraction for a whole number', z.int(), 1.5, { code: 'invalid_type', message: 'must be a whole number' }],
    [
      'text for true or false',
      z.boolean(),
      'true',
      { code: 'invalid_type', message: 'must be a boolean, not a string' },
    ],
    ['nothing but blanks', z.string().trim().min(1), '  ', { code: 'blank', message: 'must not be blank' }],
    [
      'text that is too short',
      z.string().min(3),
      'ab',
      { code: 'too_short', message: 'must have at least 3 characters' },
    ],
    [
      'text that is too long',
      z.string().max(3),
      'abcd',
      { code: 'too_long', message: 'must have at most 3 characters' },
    ],
    ['too few entries', z.array(z.string()).min(1), [], { code: 'too_few', message: 'must have at least 1 entry' }],
    [
      'too many entries',
      z.array(z.string()).max(1),
      ['a', 'b'],
      { code: 'too_many', message: 'must have at most 1 entry' },
    ],
    ['a number that is too small', z.int().min(1), 0, { code: 'too_small', message: 'must be at least 1' }],
    ['a number that is too big', z.int().max(9), 10, { code: 'too_big', message: 'must be at most 9' }],
    ['another choice than the only one', z.enum(['a']), 'c', { code: 'invalid_value', message: 'must be a' }],
    ['another choice', z.enum(['a', 'b']), 'c', { code: 'invalid_value', message: 'must be one of a, b' }],
    [
      'a wrong format',
      z.email('must be an email address'),
      'x',
      { code: 'invalid_format', message: 'must be an email address' },
    ],
    [
      'what no alternative takes',
      z.union([z.string(), z.number()], 'must be text or a number'),
      true,
      { code: 'invalid_value', message: 'must be text or a number' },
    ],
    [
      'a rule without a code',
      z.string().refine(() => false, 'must not be'),
      'x',
      { code: 'invalid_value', message: 'must not be' },
    ],
    [
      'a rule with a code',
      z.string().refine(() => false, { error: 'must not be', params: { code: 'never' } }),
      'x',
      { code: 'never', message: 'must not be' },
    ],
  ])('%s', (_, schema, value, fault) => {
    expect(faultsOf(z.object({ field: schema }), { field: value })).toEqual([{ field: 'field', ...fault }]);
  });

  it('a member whose name is not acceptable', () => {
    const schema = z.object({ map: z.record(z.string().max(3), z.string()) });
    expect(faultsOf(schema, { map: { abcd: '' } })).toEqual([
      { field: 'map.abcd', code: 'invalid_key', message: 'has a name that must have at most 3 characters' },
    ]);
  });

  it('a whole value that is no object', () => {
    for (const value of [null, 'x', 1, []]) {
      expect(faultsOf(anything, value)).toMatchObject([{ field: 'body', code: 'invalid_type' }]);
    }
  });
});

describe('the names of fields', () => {
  it('are dotted paths into the body', () => {
    const body = {
      first_name: 'A',
      last_name: 'B',
      email: 'a@example.com',
      skills: ['ok', ' '],
      custom_fields: { a: [] },
    };
    expect(faultsOf(createCandidateInput, body)).toEqual([
      { field: 'skills.1', code: 'blank', message: 'must not be blank' },
      expect.objectContaining({ field: 'custom_fields.a', code: 'invalid_value' }),
    ]);
  });

  it("are shortened past 100 characters, for they are the sender's own text", () => {
    const [fault] = faultsOf(anything, { ['x'.repeat(500)]: 1 })!;
    expect(fault!.field).toBe(`${'x'.repeat(100)}…`);
    const [whole] = faultsOf(anything, { ['x'.repeat(100)]: 1 })!;
    expect(whole!.field).toBe('x'.repeat(100));
  });
});

describe('what is not known', () => {
  it('is named in a body, every one, with one list of what is allowed', () => {
    const schema = z.strictObject({ a: z.string(), b: z.string().optional() });
    const message = 'is not a field of this resource';
    expect(faultsOf(schema, { a: '', c: 1, d: 2 })).toEqual([
      { field: 'c', code: 'unknown_field', message: `${message}; allowed: a, b` },
      { field: 'd', code: 'unknown_field', message },
    ]);
  });

  it('is told how a list is written here, where it is written as elsewhere', () => {
    expect(faultsOf(listJobsInput, { 'status[]': 'open', 'status[0]': 'open' }, 'query')).toEqual([
      { field: 'status[]', code: 'unknown_parameter', message: 'must be written as status=a,b' },
      { field: 'status[0]', code: 'unknown_parameter', message: 'must be written as status=a,b' },
    ]);
    expect(faultsOf(listJobsInput, { 'page[]': '1' }, 'query')).toMatchObject([
      { message: 'must be written as page=a' },
    ]);
  });

  it('is named in a query, with the list of what is allowed', () => {
    const [fault] = faultsOf(listJobsInput, { stauts: 'open' }, 'query')!;
    expect(fault).toMatchObject({ field: 'stauts', code: 'unknown_parameter' });
    expect(fault!.message).toMatch(
      /^is not a query parameter of this resource; allowed: page, per_page, cursor, sort, /,
    );
    for (const name of Object.keys(listJobsInput.shape)) expect(fault!.message).toContain(name);
  });
});

describe('a query', () => {
  it('is refused where a parameter is repeated, and both values are named', () => {
    expect(faultsOf(listJobsInput, { page: ['1', '2'] }, 'query')).toEqual([
      { field: 'page', code: 'repeated_parameter', message: 'must be sent only once, not as "1" and "2"' },
    ]);
  });

  it('names the parameter and not the part of its list that is wrong', () => {
    expect(faultsOf(listJobsInput, { status: 'open,opne' }, 'query')).toEqual([
      { field: 'status', code: 'invalid_value', message: 'must be one of open, on_hold, closed' },
    ]);
  });

  it.each([
    ['0', 'page'],
    ['-1', 'page'],
    ['1.5', 'page'],
    ['', 'page'],
  ])('is refused where a number is %j', (value, name) => {
    expect(faultsOf(listJobsInput, { [name]: value }, 'query')).toMatchObject([{ field: name }]);
  });
});

describe('a blank value', () => {
  it('is told what to send instead, where there is something', () => {
    expect(
      refusalOf(createCandidateInput, { first_name: ' ', last_name: 'B', email: 'a@b.example', phone: '' }).errors,
    ).toEqual([
      { field: 'first_name', code: 'blank', message: 'must not be blank' },
      { field: 'phone', code: 'blank', message: 'must not be blank; leave it out, or send null to clear it' },
    ]);
    expect(faultsOf(listJobsInput, { tag: '' }, 'query')).toEqual([
      { field: 'tag', code: 'blank', message: 'must not be blank; leave it out for no filter' },
    ]);
  });
});

/** Every parameter and every member of a body of every route. */
const fields = routes.flatMap(({ operationId, query, body }) =>
  (['query', 'body'] as const).flatMap((source) => {
    const schema = { query, body }[source];
    if (!(schema instanceof z.ZodObject)) return [];
    return Object.keys(schema.shape).map((name) => [`${operationId} ${source} ${name}`, schema, name, source] as const);
  }),
);

/** Refuses of its own where they are read: a cursor by the gateway, a search by its service, what only the API sets by the owner. */
const READ_ELSEWHERE = /(^\w+ query (cursor|q)$)|^\w+ body (secret|password|current_password|new_password)$/;

describe('a blank value of any field', () => {
  it.each(fields.filter(([name]) => !READ_ELSEWHERE.test(name)))(
    '%s has one fault, and a way out',
    (_, schema, name, source) => {
      if (source === 'body' && accepts(schema, name, 'x\u0000')) return;
      for (const blank of ['', ' ', '\u200b', '\u3164']) {
        const faults = faultsOf(schema, { [name]: blank }, source)!.filter(({ field }) => field === name);
        expect(faults).toHaveLength(1);
        const { message } = faults[0]!;
        expect(message).toMatch(/^(must|has|is) /);
        const isOptional = source === 'query' || accepts(schema, name, null);
        if (isOptional) expect(message).toMatch(/; leave it out(, or send null to clear it| for no filter|)$/);
      }
    },
  );
});

/** Whether a value of a member is accepted, whatever else is missing. */
const accepts = (schema: z.ZodType, name: string, value: unknown): boolean =>
  !schema.safeParse({ [name]: value }).error?.issues.some(({ path }) => path[0] === name);

describe("the validator's own words", () => {
  it.each<[string, z.ZodType, unknown]>([
    ['a union', z.union([z.string(), z.number()]), true],
    ['a pattern', z.string().regex(/^a$/), 'b'],
    ['a multiple', z.number().multipleOf(2), 3],
    ['the length of a name', z.record(z.string().max(1), z.string()), { ab: 'x' }],
  ])('are never shown: %s', (_, schema, value) => {
    for (const { message } of faultsOf(z.object({ field: schema }), { field: value })!)
      expect(message).toMatch(/^(must|has|is) /);
  });
});

describe('the detail', () => {
  it('is the first fault, and says how many more there are', () => {
    const unknown = 'is not a field of this resource; allowed: field';
    expect(refusalOf(anything, { a: 1 }).detail).toBe(`a ${unknown}.`);
    expect(refusalOf(anything, { a: 1, b: 2 }).detail).toBe(`a ${unknown}; 1 more field is invalid.`);
    expect(refusalOf(listJobsInput, { page: 'x', tag: '', workplace: '' }, 'query').detail).toMatch(
      /^page .*; 2 more parameters are invalid\.$/,
    );
  });

  it('counts those, too, that are not listed: more than 100', () => {
    expect(faultsOf(anything, many(100))).toHaveLength(100);
    const refusal = refusalOf(anything, many(101));
    expect(refusal.errors).toHaveLength(100);
    expect(refusal.detail).toMatch(/; 100 more fields are invalid\.$/);
  });
});
