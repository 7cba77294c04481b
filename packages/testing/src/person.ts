import { randomUUID } from 'node:crypto';
import type { Role } from '@nexivo/contracts/roles';
import { SESSION_HEADER } from '@nexivo/contracts/sessions';
import { users } from '@nexivo/contracts/users';
import { type Answer, Api, type Operator } from './api.js';

/** Speaks to the API as a page of the dashboard does in a browser: with cookies, and the header that says so. */
export class PersonApi extends Api {
  /** By name. */
  readonly cookies = new Map<string, string>();

  constructor(
    origin: string,
    readonly email: string,
    readonly password: string,
  ) {
    super(origin, undefined);
  }

  override async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await super.send(method, path, body, {
      [SESSION_HEADER]: '1',
      'sec-fetch-site': 'same-origin',
      ...(cookie && { cookie }),
      ...headers,
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      if (value) this.cookies.set(name!, value);
      else this.cookies.delete(name!);
    }
    return answer;
  }

  signIn(password = this.password): Promise<Answer> {
    return this.post('/sessions', { email: this.email, password });
  }

  /** The same person and session at another gateway. */
  at(origin: string): PersonApi {
    const other = new PersonApi(origin, this.email, this.password);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }
}

/** Somebody who has joined an account and is signed in. */
export interface Member {
  readonly id: string;
  readonly api: PersonApi;
}

/** What is behind the `#` of a link. */
export const secretOf = (url: string): string => new URL(url).hash.slice(1);

/** Invites somebody as an operator does, and has him join. */
export async function joinAs(
  origin: string,
  operator: Operator,
  accountId: string,
  role: Role,
  { email = `${role}-${randomUUID()}@example.com`, name = 'Olga' } = {},
): Promise<Member> {
  const link = await operator.bus.request(users.invite, { account_id: accountId, email, role }, operator.context);
  const api = new PersonApi(origin, email, `pass phrase of ${email}`);
  const body = { secret: secretOf(link.url), password: api.password, name };
  const joined = await api.post('/invitations/accept', body);
  if (joined.status !== 201) throw new Error(`not joined: ${JSON.stringify(joined.body)}`);
  const me = await api.get('/me');
  return { id: me.body.user.id, api };
}
