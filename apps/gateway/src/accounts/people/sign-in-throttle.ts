import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '@nexivo/bus/domain-error';
import { DataSource, type EntityManager } from 'typeorm';
import { networkOf } from '../network.js';

/** Failures of one address for one person, or of one device, before the first pause. */
const FREE = 5;
/** Failures of one address for anybody before the first pause: many people can be behind one. */
const FREE_OF_ADDRESS = 20;
/** With so many failures for one person from anywhere an address has but one attempt before its first pause. */
const MANY_FOR_PERSON = 100;
const LONGEST_PAUSE_S = 900;
/** So long after the last pause failures are forgotten. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** From where somebody tries to prove who he is. */
export interface Attempt {
  readonly email: string;
  readonly address: string;
  /** Of a device on which that very person has signed in before. */
  readonly knownDevice?: string | undefined;
}

/** An attempt that is counted, under each of its keys. */
export type CountedAttempt = readonly {
  readonly key: Buffer;
  /** Until when its own pause lasts, as Postgres writes it. */
  readonly until: string;
  /** Whether others are counted under it, too. */
  readonly isShared: boolean;
}[];

interface FailureRow {
  key: Buffer;
  count: number;
  until: Date;
  now: Date;
}

/**
 * Slows guessing down: after some failures each one costs a pause, twice as long as the one before, 15 minutes at most.
 *
 * A pause is for those alone who could have caused it: for an address, for an address and a person, for a device. None is for a person
 * as such, so nobody can shut somebody else out: from another address, or on a device that he has used before, he has attempts of his own.
 */
@Injectable()
export class SignInThrottle {
  constructor(private readonly database: DataSource) {}

  /**
   * Counts an attempt as failed before it is looked at, so that many at once are no way round. Who has succeeded is told of by
   * {@link forgive}.
   *
   * @throws DomainError `too_many_sign_ins`, and then it is not counted
   */
  async begin(attempt: Attempt): Promise<CountedAttempt> {
    const keys = keysOf(attempt);
    const outcome = await this.database.transaction(async (tx) => {
      const rows = await lockRows(tx, Object.values(keys));
      const of = (key: Buffer | undefined) => rows.find((row) => key !== undefined && row.key.equals(key));
      const waits = rows.map(({ until, now }) => until.getTime() - now.getTime());
      // A longer one is of a clock that was ahead and has been set back since.
      const longest = Math.max(0, ...waits.filter((wait) => wait <= LONGEST_PAUSE_S * 1_000));
      if (longest > 0) return longest;
      const isUnderAttack = (countOf(of(keys.person)) ?? 0) >= MANY_FOR_PERSON;
      const free = new Map<Buffer | undefined, number>([
        [keys.device, FREE],
        [keys.pair, isUnderAttack ? 1 : FREE],
        [keys.address, FREE_OF_ADDRESS],
        [keys.person, Number.POSITIVE_INFINITY],
      ]);
      const counted: CountedAttempt[number][] = [];
      for (const [key, allowed] of free) {
        if (!key) continue;
        const until = await note(tx, of(key)!, allowed);
        counted.push({ key, until, isShared: key === keys.address || key === keys.person });
      }
      return counted;
    });
    if (typeof outcome !== 'number') return outcome;
    const retryAfterS = Math.ceil(outcome / 1_000);
    throw new DomainError('too_many_sign_ins', { retryAfterS, detail: `Try again in ${retryAfterS} s.` });
  }

  /** The attempt was no failure. What others have failed at from the same address stays, and so do the pauses that it has cost. */
  async forgive(attempt: CountedAttempt): Promise<void> {
    const own = attempt.filter(({ isShared }) => !isShared);
    await this.database.transaction(async (tx) => {
      await tx.query(`delete from sign_in_failures where key = any($1)`, [own.map(({ key }) => key)]);
      await uncount(
        tx,
        attempt.filter(({ isShared }) => isShared),
      );
    });
  }

  /** The attempt was not looked at. Nothing else is forgiven. */
  withdraw(attempt: CountedAttempt): Promise<void> {
    return this.database.transaction((tx) => uncount(tx, attempt));
  }
}

/** Takes back an attempt with the pause that it has cost, if no other one has followed. */
async function uncount(tx: EntityManager, attempt: CountedAttempt): Promise<void> {
  await tx.query(
    `update sign_in_failures f set count = greatest(f.count - 1, 0),
       until = case when f.until = own.until then least(f.until, clock_timestamp()) else f.until end
     from (
       select k.key, k.until from unnest($1::bytea[], $2::timestamptz[]) k (key, until)
         join sign_in_failures locked on locked.key = k.key order by k.key for update of locked
     ) own
     where f.key = own.key`,
    [attempt.map(({ key }) => key), attempt.map(({ until }) => until)],
  );
}

/** What failures are counted under. */
function keysOf({
  email,
  address,
  knownDevice,
}: Attempt): Record<'device' | 'pair' | 'address' | 'person', Buffer | undefined> {
  const person = email.toLowerCase();
  const network = networkOf(address);
  const isKnown = knownDevice !== undefined;
  return {
    device: isKnown ? digest('device', knownDevice) : undefined,
    pair: isKnown ? undefined : digest('pair', `${network} ${person}`),
    address: isKnown ? undefined : digest('address', network),
    person: isKnown ? undefined : digest('person', person),
  };
}

const digest = (kind: string, value: string): Buffer => createHash('sha256').update(`${kind} ${value}`).digest();

/** In the order of the keys, so that two attempts do not wait for each other. */
async function lockRows(tx: EntityManager, keys: readonly (Buffer | undefined)[]): Promise<FailureRow[]> {
  const given = keys.filter((key) => key !== undefined);
  await tx.query(
    `insert into sign_in_failures (key, count, first_at, until)
     select key, 0, clock_timestamp(), clock_timestamp() from unnest($1::bytea[]) k (key) order by key on conflict do nothing`,
    [given],
  );
  return tx.query<FailureRow[]>(
    `select key, count, until, clock_timestamp()::timestamptz(3) as now from sign_in_failures where key = any($1) order by key for update`,
    [given],
  );
}

/** Failures that still count. */
function countOf(row: FailureRow | undefined): number | undefined {
  if (!row) return undefined;
  return row.now.getTime() - row.until.getTime() > FORGOTTEN_AFTER_MS ? 0 : row.count;
}

/** @returns until when the pause lasts */
async function note(tx: EntityManager, row: FailureRow, free: number): Promise<string> {
  const count = countOf(row)! + 1;
  const pauseS = count < free ? 0 : Math.min(2 ** (count - free + 1), LONGEST_PAUSE_S);
  const [[noted]] = await tx.query<[[{ until: string }], number]>(
    `update sign_in_failures set count = $2, first_at = case when $2 = 1 then clock_timestamp() else first_at end,
       until = clock_timestamp() + make_interval(secs => $3) where key = $1 returning until::text as until`,
    [row.key, count, pauseS],
  );
  return noted.until;
}
