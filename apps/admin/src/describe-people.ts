import type { LinkAnswer } from '@nexivo/contracts/links';
import type { Person } from '@nexivo/contracts/users';

export const describeLink = ({ purpose, email, role, expires_at, url }: LinkAnswer): string =>
  [
    purpose === 'join' ? `For ${email}, who becomes ${role}` : `For ${email}, to choose a new password`,
    '',
    url,
    '',
    `Hand it over now: it is not shown again. It is valid once, until ${expires_at}.`,
  ].join('\n');

export const describePerson = ({ id, email, name, created_at, disabled_at, memberships }: Person): string =>
  [
    `user      ${id}`,
    `email     ${email}`,
    `name      ${name}`,
    `disabled  ${disabled_at ?? 'no'}`,
    `created   ${created_at}`,
    ...memberships.map(
      ({ account_id, account_name, role, last_seen_at }) =>
        `account   ${account_id} (${account_name}): ${role}, last seen ${last_seen_at ?? 'never'}`,
    ),
  ].join('\n');

export const describePeople = ({ data }: { data: readonly Person[] }): string =>
  data.length === 0 ? 'nobody' : data.map(describePerson).join('\n\n');

export const describeEnded = ({ ended }: { ended: number }): string =>
  `${ended} ${ended === 1 ? 'session has' : 'sessions have'} ended.`;
