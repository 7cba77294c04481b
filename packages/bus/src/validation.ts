import type { FieldError } from '@nexivo/contracts/errors';
import { isCommaSeparated } from '@nexivo/contracts/pagination';
import { isBlank } from '@nexivo/contracts/text';
import { z } from 'zod';
import { DomainError, firstOf } from './domain-error.js';

/** Where a value came from: it decides what its parts are called. */
export type Source = 'body' | 'query';

const MAX_ERRORS = 100;
const MAX_NAME_LENGTH = 100;

/**
 * Checks a value against a contract's schema.
 *
 * @returns the parsed value
 * @throws DomainError `validation_failed`, with the first problem as its detail and one entry in `errors` for each field (at most 100)
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: Source = 'body',
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) => toFieldErrors(issue, schema, value, source));
  // Of several faults of one field the first is told: the others mostly follow from it.
  const all = [...new Map(faults.toReversed().map((fault) => [fault.field, fault])).values()].toReversed();
  throw new DomainError('validation_failed', {
    detail: firstOf(all as [FieldError, ...FieldError[]], source === 'body' ? 'field' : 'parameter'),
    errors: all.slice(0, MAX_ERRORS),
  });
}

function toFieldErrors(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown, source: Source): FieldError[] {
  if (issue.code === 'unrecognized_keys') return unknownMembers(issue, schema, source);
  // A parameter's parts (the third of a comma-separated list, say) have no name of their own.
  const path = source === 'query' ? issue.path.slice(0, 1) : issue.path;
  const given = path.reduce<unknown>(
    (parent, key) =>
      typeof parent === 'object' && parent !== null ? (parent as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
  const field = shorten(path.join('.')) || 'body';
  if (source === 'query' && Array.isArray(given)) {
    const values = [...new Set(given)].slice(0, 2).map((one) => `"${shorten(String(one))}"`);
    return [{ field, code: 'repeated_parameter', message: `must be sent only once, not as ${values.join(' and ')}` }];
  }
  const { code, message } = explain(issue, given);
  const wayOut = typeof given === 'string' && isBlank(given) ? wayOutOfBlank(schema, path, source) : '';
  return [{ field, code, message: message + wayOut }];
}

/** Parameters that choose how rows are shown, not which. */
const NO_FILTERS = new Set<PropertyKey | undefined>(['page', 'per_page', 'cursor', 'sort', 'expand']);

/** What to do instead of sending a blank value, where there is something. */
function wayOutOfBlank(schema: z.ZodType, path: readonly PropertyKey[], source: Source): string {
  if (source === 'query') return NO_FILTERS.has(path[0]) ? '; leave it out' : '; leave it out for no filter';
  const member = schema instanceof z.ZodObject && path.length === 1 ? schema.shape[String(path[0])] : undefined;
  const canBeCleared = member instanceof z.ZodType && member.safeParse(null).success;
  return canBeCleared ? '; leave it out, or send null to clear it' : '';
}

/** One error for each, of which the first says what is allowed. */
function unknownMembers(issue: z.core.$ZodIssueUnrecognizedKeys, schema: z.ZodType, source: Source): FieldError[] {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const [code, what] = source === 'body' ? ['unknown_field', 'field'] : ['unknown_parameter', 'query parameter'];
  const allowed = names.length > 0 ? `; allowed: ${names.join(', ')}` : '';
  return issue.keys.map((key, n) => {
    const field = shorten([...issue.path, key].join('.'));
    const [, list] = (source === 'query' && /^(.+)\[\d*\]$/.exec(key)) || [];
    if (list && names.includes(list))
      return { field, code, message: `must be written as ${list}=${likeness(schema, list)}` };
    return { field, code, message: `is not a ${what} of this resource${n === 0 ? allowed : ''}` };
  });
}

/** What the value of a parameter looks like. */
const likeness = (schema: z.ZodType, name: string): string =>
  schema instanceof z.ZodObject && isCommaSeparated(schema.shape[name] as z.ZodType) ? 'a,b' : 'a';

/** A stable code and a sentence that follows the field's name. */
function explain(issue: z.core.$ZodIssue, given: unknown): Pick<FieldError, 'code' | 'message'> {
  switch (issue.code) {
    case 'invalid_type':
      if (given === undefined) return { code: 'required', message: 'is required' };
      if (issue.expected === 'int' && typeof given === 'number')
        return { code: 'invalid_type', message: 'must be a whole number' };
      return {
        code: 'invalid_type',
        message: `must be ${TYPE_NAMES[issue.expected] ?? `a ${issue.expected}`}, not ${typeName(given)}`,
      };
    case 'too_small': {
      const least = Number(issue.minimum);
      if (issue.origin === 'string' && least === 1) return { code: 'blank', message: 'must not be blank' };
      if (issue.origin === 'string')
        return { code: 'too_short', message: `must have at least ${counted(least, 'character')}` };
      if (issue.origin === 'array')
        return { code: 'too_few', message: `must have at least ${counted(least, 'entry')}` };
      return { code: 'too_small', message: `must be at least ${least}` };
    }
    case 'too_big': {
      const most = Number(issue.maximum);
      if (issue.origin === 'string')
        return { code: 'too_long', message: `must have at most ${counted(most, 'character')}` };
      if (issue.origin === 'array') return { code: 'too_many', message: `must have at most ${counted(most, 'entry')}` };
      return { code: 'too_big', message: `must be at most ${most}` };
    }
    case 'invalid_value': {
      if (given === undefined) return { code: 'required', message: 'is required' };
      const oneOf = issue.values.length > 1 ? 'one of ' : '';
      return { code: 'invalid_value', message: `must be ${oneOf}${issue.values.join(', ')}` };
    }
    case 'invalid_format':
      return { code: 'invalid_format', message: ownMessage(issue, 'has an invalid format') };
    case 'invalid_key': {
      const [fault] = issue.issues;
      return { code: 'invalid_key', message: `has a name that ${fault ? explain(fault, '').message : 'is invalid'}` };
    }
    case 'custom':
      return { code: codeOf(issue) ?? 'invalid_value', message: issue.message };
    case 'invalid_union':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return { code: 'invalid_value', message: ownMessage(issue, 'is invalid') };
  }
}

const counted = (count: number, what: 'character' | 'entry'): string =>
  count === 1 ? `1 ${what}` : `${count} ${what === 'entry' ? 'entries' : 'characters'}`;

/** The contract's own words; the validator's, which begin with a capital, are none for people. */
const ownMessage = ({ message }: z.core.$ZodIssue, otherwise: string): string =>
  /^\p{Lu}/u.test(message) ? otherwise : message;

const codeOf = (issue: z.core.$ZodIssueCustom): string | undefined => {
  const code: unknown = issue.params?.['code'];
  return typeof code === 'string' ? code : undefined;
};

const TYPE_NAMES: Record<string, string> = {
  int: 'a whole number',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};

const typeName = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
};

const shorten = (name: string): string =>
  name.length <= MAX_NAME_LENGTH ? name : `${name.slice(0, MAX_NAME_LENGTH)}…`;
