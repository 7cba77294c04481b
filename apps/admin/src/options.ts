import { MAX_OVERLAP_S, PLANS, type TokenScope, TOKEN_SCOPES } from '@nexivo/contracts/accounts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from './duration.js';

export const jsonOption = (): Option => new Option('--json', 'print one JSON object on standard output');

export const planOption = (): Option => new Option('--plan <plan>', 'the plan').choices(PLANS);

/** Subcommands made by `command()` inherit settings; those added by `addCommand` do not. */
export const inherit = (command: Command): Command => {
  for (const each of [command, ...command.commands]) each.exitOverride().showHelpAfterError('(add --help for usage)');
  return command;
};

/** What takes a quota's override or an expiry away. Commander does not hand on a `null`, so it is made of these later. */
export const DEFAULT = 'default';
export const NEVER = 'never';

export const orNull = <Value>(value: Value): Exclude<Value, typeof DEFAULT | typeof NEVER> | null =>
  value === DEFAULT || value === NEVER ? null : (value as Exclude<Value, typeof DEFAULT | typeof NEVER>);

export function parseQuota(value: string): number | typeof DEFAULT {
  if (value === DEFAULT) return value;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1, or `default`.');
  return Number(value);
}

export function parseScopes(value: string): TokenScope[] {
  if (value === 'all') return [...TOKEN_SCOPES];
  return value.split(',').map((part) => {
    const scope = TOKEN_SCOPES.find((known) => known === part.trim());
    if (!scope)
      throw new InvalidArgumentError(`"${part.trim()}" is not a scope. Scopes: ${TOKEN_SCOPES.join(', ')}, or all.`);
    return scope;
  });
}

/** A lifetime in seconds: when it ends the server says, whose clock counts. */
export function parseExpiry(value: string): number {
  const durationMs = parseDuration(value);
  if (durationMs === undefined) throw new InvalidArgumentError('It must be a duration such as 90m, 12h, 30d or 52w.');
  return durationMs / 1_000;
}

export function parseNewExpiry(value: string): number | typeof NEVER {
  if (value === NEVER) return value;
  if (parseDuration(value) === undefined) {
    throw new InvalidArgumentError('It must be a duration such as 90m, 12h, 30d or 52w, or `never`.');
  }
  return parseExpiry(value);
}

export function parseOverlap(value: string): number {
  const durationMs = parseDuration(value, { allowZero: true });
  if (durationMs === undefined || durationMs > MAX_OVERLAP_S * 1_000) {
    throw new InvalidArgumentError('It must be a duration such as 0m, 90m, 24h or 30d, at most 365d.');
  }
  return durationMs / 1_000;
}

const MAX_ENTRIES = 10_000;

export function parseLimit(value: string): number {
  const limit = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > MAX_ENTRIES) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_ENTRIES}.`);
  }
  return limit;
}
