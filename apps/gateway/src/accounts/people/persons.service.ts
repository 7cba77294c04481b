import { Injectable } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { type MePatch, type Self, SELF_READ_ONLY } from '@nexivo/contracts/me';
import type { Person, users } from '@nexivo/contracts/users';
import type { RequestContext } from '@nexivo/bus/context';
import type { Reply } from '@nexivo/bus/reply';
import { withoutReadOnly } from '@nexivo/store/read-only';
import { DataSource, type EntityManager } from 'typeorm';
import { recordChange } from '../audit.js';
import { Invalidations } from '../invalidations.js';
import { SealedAnswers } from '../sealed-answers.js';
import { revokeLinksBy } from './link-rows.js';
import { getByEmail, type MembershipRow, membershipsOf, type PersonRow } from './people.js';
import { endSessions } from './session-rows.js';

type MembershipOfPerson = MembershipRow & { account_name: string };

/** People as such, whatever they belong to. */
@Injectable()
export class PersonsService {
  constructor(
    private readonly database: DataSource,
    private readonly answers: SealedAnswers,
    private readonly invalidations: Invalidations,
  ) {}

  /** In the order in which they joined first, as that is how their ids sort. */
  async list({ account_id, after, limit }: InputOf<typeof users.list>): Promise<OutputOf<typeof users.list>> {
    const { manager } = this.database;
    const rows = await manager.query<PersonRow[]>(
      `select * from users u where ($1::uuid is null or u.id > $1)
         and ($2::uuid is null or exists (select from memberships m where m.user_id = u.id and m.account_id = $2))
       order by u.id limit $3`,
      [after ?? null, account_id ?? null, limit],
    );
    const data = await toPersons(manager, rows);
    return { data, next: rows.length === limit ? rows.at(-1)!.id : null };
  }

  /** Shuts a person out of all accounts, or lets him in again. His sessions end; his personal tokens are refused meanwhile. */
  async disable({ email, is_disabled }: InputOf<typeof users.disable>, context: RequestContext): Promise<Person> {
    const { person, id } = await this.database.transaction(async (tx) => {
      const before = await getByEmail(tx, email);
      const [[after]] = await tx.query<[[PersonRow], number]>(
        `update users set disabled_at = case when $2 then coalesce(disabled_at, now()) end where id = $1 returning *`,
        [before.id, is_disabled],
      );
      const memberships = await membershipsOf(tx, before.id);
      if (is_disabled) await endSessions(tx, before.id);
      for (const { account_id } of memberships) {
        if (is_disabled) await revokeLinksBy(tx, account_id, before.id);
        if ((before.disabled_at !== null) === is_disabled) continue;
        const action = is_disabled ? 'user.disabled' : 'user.enabled';
        const details = { after: { email: before.email } };
        await recordChange(tx, context, { accountId: account_id, userId: before.id, action, details });
      }
      const [shown] = await toPersons(tx, [after]);
      return { person: shown!, id: before.id };
    });
    await this.invalidations.announceUser(id);
    return person;
  }

  /** Changes what somebody calls himself. */
  async rename(context: RequestContext, patch: MePatch): Promise<Reply<Self>> {
    const { accountId, principal } = context;
    return this.answers.run(context, 'users.rename', patch, async (tx) => {
      const [before] = await tx.query<[PersonRow]>(`select * from users where id = $1 for update`, [principal.id]);
      const { id, email } = before;
      const { name } = withoutReadOnly(patch, { id, email }, SELF_READ_ONLY);
      if (name === undefined || name === before.name) return { id, email, name: before.name };
      await tx.query(`update users set name = $2 where id = $1`, [principal.id, name]);
      const details = { before: { name: before.name }, after: { name } };
      await recordChange(tx, context, { accountId, userId: principal.id, action: 'user.renamed', details });
      return { id, email, name };
    });
  }
}

async function toPersons(manager: EntityManager, rows: readonly PersonRow[]): Promise<Person[]> {
  const memberships = await manager.query<MembershipOfPerson[]>(
    `select m.*, a.name as account_name from memberships m join accounts a on a.id = m.account_id
     where m.user_id = any($1) order by m.account_id`,
    [rows.map(({ id }) => id)],
  );
  const byUser = Map.groupBy(memberships, ({ user_id }) => user_id);
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    name: row.name,
    created_at: row.created_at.toISOString(),
    disabled_at: row.disabled_at?.toISOString() ?? null,
    memberships: (byUser.get(row.id) ?? []).map(({ account_id, account_name, role, last_seen_at }) => ({
      account_id,
      account_name,
      role,
      last_seen_at: last_seen_at?.toISOString() ?? null,
    })),
  }));
}
