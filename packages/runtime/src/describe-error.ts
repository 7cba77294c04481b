import { types } from 'node:util';

/** What a log says of an error. */
export interface ErrorDescription {
  type: string;
  /** Missing where the message of such an error may quote what a customer sent or keeps. */
  message?: string;
  /** Of Node (`ECONNREFUSED`), of Postgres (SQLSTATE), or of the error catalogue. */
  code?: string;
  /** Names in the database that the error is about. */
  schema?: string;
  table?: string;
  column?: string;
  constraint?: string;
  /** Where it was thrown: frames alone. */
  stack?: string;
  cause?: ErrorDescription;
  /** Of an AggregateError. */
  errors?: ErrorDescription[];
}

const MAX_DEPTH = 4;
const MAX_ERRORS = 5;
const MAX_MESSAGE_LENGTH = 500;
const MAX_FRAMES = 20;

/**
 * Classes of SQLSTATE whose messages are made of names and numbers: connection, constraints, transactions, roles and schemas, objects,
 * resources, locks, shutdown, files (PostgreSQL, appendix A). Those of others, data exceptions above all, quote values.
 */
const SQLSTATE_WITHOUT_VALUES = /^(08|0A|23|25|28|2B|3D|3F|40|42|53|54|55|57|58)/;
/** `syntax error in tsquery: "…"`, and syntax errors in general, quote what was asked for. */
const SYNTAX_ERROR = '42601';

/**
 * Everything that may be logged of an error, and nothing else: libraries hang what they worked on on their errors, such as the
 * statement and its parameters, or the row that a constraint refused. Members that are not named here are left out, and so
 * are messages that quote values; what else stands in quotes in a message is replaced by `…`.
 *
 * @param error anything that was thrown; of what is no Error only its type is told
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!types.isNativeError(error)) return { type: error === null ? 'null' : typeof error };
  // TypeORM wraps what the driver threw.
  const { driverError } = error as { driverError?: unknown };
  const source = types.isNativeError(driverError) ? driverError : error;
  const { code, schema, table, column, constraint } = source as unknown as Record<string, unknown>;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const description: ErrorDescription = { type: nameOf(error) };
  const message = messageOf(source, code);
  if (message !== undefined) description.message = message;
  for (const [key, value] of Object.entries({ code, schema, table, column, constraint })) {
    if (typeof value === 'string' && /^[\w.-]{1,100}$/.test(value)) Object.assign(description, { [key]: value });
  }
  const stack = framesOf(error);
  if (stack) description.stack = stack;
  if (depth < MAX_DEPTH) {
    if (cause !== undefined) description.cause = describeError(cause, depth + 1);
    if (Array.isArray(errors) && errors.every(types.isNativeError))
      description.errors = errors.slice(0, MAX_ERRORS).map((each) => describeError(each, depth + 1));
  }
  return description;
}

/** An error in one line, for a terminal: what {@link describeError} tells without the stack. */
export function errorLine(error: unknown): string {
  const { type, message, code, table, constraint, errors, cause } = describeError(error);
  const about = [code, table, constraint].filter((part) => part !== undefined);
  const inside = errors?.[0]?.message ?? cause?.message;
  return `${message || inside || type}${about.length > 0 ? ` (${about.join(', ')})` : ''}`;
}

function nameOf(error: Error): string {
  const name = error.name === 'Error' || error.name === 'error' ? error.constructor.name : error.name;
  return /^[\w$.-]{1,100}$/.test(name) ? name : 'Error';
}

function messageOf(error: Error, code: unknown): string | undefined {
  // A parser quotes what it could not parse.
  if (error.name === 'SyntaxError') return undefined;
  const isSqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in error;
  if (isSqlState) {
    const isWithoutValues = SQLSTATE_WITHOUT_VALUES.test(code) && code !== SYNTAX_ERROR;
    return isWithoutValues ? error.message.slice(0, MAX_MESSAGE_LENGTH) : undefined;
  }
  return firstLineOf(error.message)
    .replaceAll(/"[^"]*"|`[^`]*`|(?<![a-z])'[^']*'(?![a-z])/g, '…')
    .replace(/\. Received .*/, '')
    .slice(0, MAX_MESSAGE_LENGTH);
}

const firstLineOf = (text: string): string => text.split('\n', 1)[0]!;

/** The lines below the message, which the first ones repeat. */
function framesOf({ stack, message }: Error): string {
  if (typeof stack !== 'string') return '';
  const start = message === '' ? -1 : stack.indexOf(message);
  const below = start < 0 ? stack : stack.slice(start + message.length);
  return below
    .split('\n')
    .filter((line) => /^ {4}at .*(:\d+:\d+\)?|\(<anonymous>\)|\(index \d+\))$/.test(line))
    .slice(0, MAX_FRAMES)
    .join('\n');
}
