import { Injectable } from '@nestjs/common';
import type { Membership } from '@nexivo/contracts/sessions';
import { DomainError } from '@nexivo/bus/domain-error';
import { DataSource } from 'typeorm';
import { lockEnabled, membershipsOf } from './people.js';
import type { Visit } from './session-rows.js';
import { type Self, SessionsService, type SignedIn } from './sessions.service.js';

/** What a person belongs to, for somebody who belongs to several accounts. */
@Injectable()
export class MembershipsService {
  constructor(
    private readonly database: DataSource,
    private readonly sessions: SessionsService,
  ) {}

  async list({ accountId, userId }: Self): Promise<{ data: Membership[] }> {
    const rows = await this.database.query<Omit<Membership, 'is_current'>[]>(
      `select a.id, a.name, m.role from memberships m join accounts a on a.id = m.account_id
       where m.user_id = $1 order by lower(a.name), a.id`,
      [userId],
    );
    return { data: rows.map((row) => ({ ...row, is_current: row.id === accountId })) };
  }

  /**
   * Goes on in another account: the session ends, and one begins there that lasts no longer.
   *
   * @param visit with the secret of the session
   * @throws DomainError `not_found` for an account that the person does not belong to
   */
  async goTo(self: Self & { expiresAt: Date }, accountId: string, visit: Visit): Promise<SignedIn> {
    const signedIn = await this.database.transaction(async (tx) => {
      await lockEnabled(tx, self.userId);
      const memberships = await membershipsOf(tx, self.userId);
      if (!memberships.some(({ account_id }) => account_id === accountId)) throw DomainError.notFound('account');
      const begun = await this.sessions.open(tx, accountId, self.userId, visit, self.expiresAt);
      // It has ended meanwhile: nothing goes on from it.
      if (begun.replaced === undefined) throw new DomainError('invalid_session');
      return begun;
    });
    await this.sessions.announceReplaced(signedIn);
    return signedIn;
  }
}
