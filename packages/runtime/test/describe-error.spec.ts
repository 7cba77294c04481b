import { describe, expect, it } from '@jest/globals';
import { describeError, errorLine } from '../src/describe-error.js';

const VALUE = 'jane.smith@example.com';
const pgError = (code: string, message: string, members: object = {}): Error =>
  Object.assign(new Error(message), { severity: 'ERROR', code, ...members });

describe('the description of an error', () => {
  it('has type, message, code, names of the database and frames, and nothing else that hangs on the error', () => {
    const driverError = pgError('23514', 'new row for relation "candidates" violates check constraint "c"', {
      detail: `Failing row contains (${VALUE}).`,
      where: VALUE,
      internalQuery: VALUE,
      schema: 'candidates',
      table: 'candidates',
      column: VALUE,
      constraint: 'c',
    });
    const error = Object.assign(new TypeError(driverError.message), {
      driverError,
      query: `insert into candidates values ('${VALUE}')`,
      parameters: [VALUE],
      input: VALUE,
    });
    const { stack, ...described } = describeError(error);
    expect(described).toEqual({
      type: 'TypeError',
      message: driverError.message,
      code: '23514',
      schema: 'candidates',
      table: 'candidates',
      constraint: 'c',
    });
    expect(stack).toMatch(/^ {4}at .*describe-error\.spec\.ts:\d+:\d+/);
    expect(stack).not.toContain('violates');
  });

  it.each([
    ['a data exception', pgError('22P02', `invalid input syntax for type integer: "${VALUE}"`)],
    ['a search', pgError('42601', `syntax error in tsquery: "${VALUE}"`)],
    ['an exception of ours in the database', pgError('P0001', `refused ${VALUE}`)],
    ['a parser', thrownBy(() => JSON.parse(VALUE))],
    [
      'an argument',
      Object.assign(new TypeError(`must be a number. Received ${VALUE}`), { code: 'ERR_INVALID_ARG_TYPE' }),
    ],
    ['a quotation', new Error(`no such "${VALUE}", '${VALUE}' or \`${VALUE}\``)],
    ['a message of several lines that looks like a frame', new Error(`failed\n    at ${VALUE} (x:1:1)`)],
    ['a cause', new Error('failed', { cause: pgError('22001', VALUE) })],
    ['several', new AggregateError([new Error(`"${VALUE}"`), new Error(`"${VALUE}"`)], 'failed')],
    ['a code', Object.assign(new Error('failed'), { code: VALUE })],
    ['a name', Object.assign(new Error('failed'), { name: VALUE })],
    ['what is no error', VALUE],
    ['what is no error either', { message: VALUE }],
  ])('quotes no value: of %s', (_, error) => {
    expect(JSON.stringify(describeError(error))).not.toContain('jane');
    expect(errorLine(error)).not.toContain('jane');
  });

  it('tells of connections whom they were for, and of causes why', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
    expect(describeError(new Error('away', { cause: refused }))).toMatchObject({
      message: 'away',
      cause: { message: 'connect ECONNREFUSED 127.0.0.1:5432', code: 'ECONNREFUSED' },
    });
    expect(errorLine(new AggregateError([refused]))).toBe('connect ECONNREFUSED 127.0.0.1:5432');
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
