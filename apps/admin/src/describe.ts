import type { Account, accounts, ApiToken, AuditEntry, tokens } from '@nexivo/contracts/accounts';
import type { OutputOf } from '@nexivo/contracts/command';
import type { DeadLetter, DeadLetterDetail } from '@nexivo/contracts/dead-letters';
import { formatPrincipal } from '@nexivo/contracts/principal';
import type { Miscount } from '@nexivo/contracts/counters';

/** A part of a list, and where it goes on. */
interface ListPart<Item> {
  readonly data: readonly Item[];
  readonly next?: string;
}

const goOn = (next: string | undefined): string[] => (next === undefined ? [] : [`more: --after ${next}`]);

/** Answers as people read them. */
export const describeAccount = (account: Account): string =>
  [
    `account              ${account.id}`,
    `name                 ${account.name}`,
    `plan                 ${account.plan}`,
    `requests per minute  ${account.requests_per_minute ?? 'as the plan'}`,
    `requests per day     ${account.requests_per_day ?? 'as the plan'}`,
    `created              ${account.created_at}`,
  ].join('\n');

/** An account with its quotas and what was asked for in the last days. */
export interface AccountInUse extends Account {
  readonly quotas: OutputOf<typeof accounts.getQuotas>;
  readonly days: OutputOf<typeof accounts.getUsage>['days'];
}

export const describeAccountInUse = ({ quotas, days, ...account }: AccountInUse): string =>
  [
    describeAccount(account),
    ...(quotas === null
      ? ['used                 no API access']
      : (['minute', 'day'] as const).map((name) => {
          const { used, limit, resets_in_s } = quotas[name];
          return `used this ${name.padEnd(10)} ${used} of ${limit}, room in ${Math.ceil(resets_in_s)} s at the latest`;
        })),
    '',
    ...days.map(({ day, admitted, refused, refusals }) => {
      const why = Object.entries(refusals).map(([code, count]) => `${code} ${count}`);
      return `${day}  ${admitted} requests, ${refused} refused${why.length > 0 ? `: ${why.join(', ')}` : ''}`;
    }),
  ].join('\n');

export const describeAccounts = ({ data, next }: ListPart<Account>): string =>
  lines('no accounts', [...data.map(({ id, plan, name }) => `${id}  ${plan.padEnd(12)}  ${name}`), ...goOn(next)]);

export const describeToken = (token: ApiToken): string =>
  [
    `token id   ${token.id}`,
    `account    ${token.account_id}`,
    `name       ${token.name} (${shorten(token)})`,
    ...(token.user_id ? [`user       ${token.user_id}`] : []),
    `scopes     ${token.scopes.join(', ')}`,
    `expires    ${token.expires_at ?? 'never'}`,
    `revoked    ${token.revoked_at ?? 'no'}`,
    ...(token.rotated_to ? [`successor  ${token.rotated_to}`] : []),
    `last used  ${token.last_used_at ?? 'never'}`,
    `created    ${token.created_at} by ${token.created_by ? formatPrincipal(token.created_by) : 'unknown'}`,
  ].join('\n');

export const describeTokens = ({ data, next }: ListPart<ApiToken>): string =>
  data.length === 0 ? 'no tokens' : [...data.map(describeToken), ...goOn(next)].join('\n\n');

export const describeNewToken = (token: OutputOf<typeof tokens.create>): string =>
  `${describeToken(token)}\n\n${token.token}\n\nKeep it now: it is not shown again.`;

export const describeRotation = ({ predecessor, ...token }: OutputOf<typeof tokens.rotate>): string => {
  const { id, revoked_at, expires_at } = predecessor;
  const end = revoked_at ? 'is revoked' : `is valid until ${expires_at}`;
  return `${describeNewToken(token)}\nThe old token ${id} (${shorten(predecessor)}) ${end}.`;
};

export const describeAudit = ({ data }: { data: readonly AuditEntry[] }): string =>
  lines(
    'no entries',
    data.map(({ at, action, actor, address, account_id, token_id, user_id, details }) => {
      const part = (token_id && `token ${token_id} of `) ?? (user_id && `user ${user_id} of `) ?? '';
      return [
        `${at}  ${action}  ${formatPrincipal(actor)} from ${address ?? 'unknown'}`,
        `  ${part}account ${account_id}`,
        ...(details.before ? [`  before ${JSON.stringify(details.before)}`] : []),
        `  after  ${JSON.stringify(details.after)}`,
      ].join('\n');
    }),
  );

export const describeDeadLetters = ({ data, has_more }: { data: readonly DeadLetter[]; has_more: boolean }): string =>
  lines('no dead letters', [
    ...data.map(
      ({ id, subject, attempts, reason, at }) => `${id}  ${subject}\n  ${at}  ${attempts} attempts  ${reason}`,
    ),
    ...(has_more ? ['There are more: see --limit.'] : []),
  ]);

export const describeDeadLetter = ({
  id,
  subject,
  attempts,
  reason,
  at,
  version,
  bytes,
  event,
}: DeadLetterDetail): string =>
  [
    `dead letter  ${id}`,
    `subject      ${subject}`,
    `given up     ${at} after ${attempts} attempts`,
    `reason       ${reason}`,
    `message      ${bytes} bytes, version ${version ?? 'unknown'}${event ? '' : ', no JSON'}`,
    ...(event
      ? [
          `event        ${event.id ?? 'unknown'} ${event.type ?? ''} of ${event.created_at ?? 'unknown'}`,
          `account      ${event.account_id ?? 'unknown'}`,
          `request      ${event.request_id ?? 'unknown'}`,
        ]
      : []),
  ].join('\n');

export const describeDiscarded = ({ discarded }: { discarded: number }): string =>
  `${discarded} dead ${discarded === 1 ? 'letter was' : 'letters were'} discarded.`;

export const describeRedriven = ({ redriven }: { redriven: number }): string =>
  `${redriven} dead ${redriven === 1 ? 'letter is' : 'letters are'} being handled again.`;

export const describeMiscounts = ({
  data,
  repaired,
}: {
  data: readonly (Miscount & { service: string })[];
  repaired: boolean;
}): string =>
  lines(
    'all counters are right',
    data.map(
      ({ service, account_id, value, counted, kept }) =>
        `${service}: account ${account_id} has ${counted} ${value}, its counters ${repaired ? 'said' : 'say'} ${kept}`,
    ),
  );

/** Enough of a token to know it by. */
const shorten = ({ prefix, last_four }: ApiToken): string => `${prefix}…${last_four}`;

const lines = (none: string, entries: readonly string[]): string => (entries.length === 0 ? none : entries.join('\n'));
