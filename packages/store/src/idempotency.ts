import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Command } from '@nexivo/contracts/command';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { Busy } from '@nexivo/bus/busy';
import { type RequestContext, timeLeftMs } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { FairSemaphore } from '@nexivo/runtime/fair-semaphore';
import { KEY_LIFETIME } from './idempotency.table.js';
import { Reply } from '@nexivo/bus/reply';
import { sendIn } from './data-source.js';
import { prepared } from './pool.js';
import { queryIn } from './row-statements.js';

/** How long a request waits for another one with the same key: longer than a write takes. */
const WAIT_MS = 1_000;
const RETRY_AFTER_S = 1;

/** A write in its transaction. */
type Work<Body> = (tx: EntityManager) => Promise<Reply<Body>>;

/** A request that carries a key. */
interface KeyedRequest {
  readonly accountId: string;
  readonly key: string;
  /** Of subject and payload: what a second request must have in common with the first. */
  readonly hash: Buffer;
}

/** Lets a write that is sent again under its idempotency key happen once, and be answered alike each time. */
@Injectable()
export class Idempotency {
  /** Writes wait here for those before them of the same row or key, and need no connection for that. */
  private readonly turns = new FairSemaphore({ slots: Infinity, slotsPerKey: 1, name: 'The service' });

  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /**
   * Runs a write in a transaction. Writes of one row, the one that `input.id` names, take turns: under the row's lock waits at most one of
   * each process, and however many there are, they keep no connection from others.
   *
   * If the call carries an idempotency key, the answer is stored under it in the same
   * transaction, and a later call with that key is given the stored answer instead. A write that fails stores nothing.
   *
   * @param input the whole of it: with the command it tells this request from others
   * @param prepare what the write needs to know from elsewhere, asked before the transaction and not for a replay: what
   * allowed the write then may be different by now
   * @throws DomainError `idempotency_key_reused`, `idempotency_key_in_flight`, and what `prepare` and `work` throw
   */
  async run<Body>(
    context: RequestContext,
    command: Pick<Command, 'subject'>,
    input: unknown,
    work: Work<Body>,
    prepare?: () => Promise<void>,
  ): Promise<Reply<Body>> {
    const { accountId, idempotencyKey: key } = context;
    if (key === undefined) {
      await prepare?.();
      return this.inTurn(context, input, () => this.database.transaction(work));
    }
    const request = { accountId, key, hash: hashOf(command, input) };
    const earlier = prepare && (await this.prepareUnlessAnswered<Body>(request, prepare));
    if (earlier) return earlier;
    const keyIsFree = await this.turnOfKey(context, key);
    try {
      return await this.inTurn(context, input, () =>
        this.database.transaction((tx) => runOnce<Body>(tx, request, work)),
      );
    } finally {
      keyIsFree();
    }
  }

  /** Runs a write when those before it that are about the same row are done. */
  private async inTurn<Result>(context: RequestContext, input: unknown, write: () => Promise<Result>): Promise<Result> {
    const { id } = input as { id?: unknown };
    if (typeof id !== 'string') return write();
    const rowIsFree = await this.turns.acquire(`row ${context.accountId} ${id}`, timeLeftMs(context));
    try {
      return await write();
    } finally {
      rowIsFree();
    }
  }

  private async turnOfKey(context: RequestContext, key: string): Promise<() => void> {
    try {
      return await this.turns.acquire(`key ${context.accountId} ${key}`, Math.min(WAIT_MS, timeLeftMs(context)));
    } catch (error) {
      throw error instanceof Busy ? inFlight(error) : error;
    }
  }

  private async prepareUnlessAnswered<Body>(
    request: KeyedRequest,
    prepare: () => Promise<void>,
  ): Promise<Reply<Body> | undefined> {
    const { manager } = this.database;
    const earlier = await findAnswer<Body>(manager, request);
    if (earlier) return earlier;
    try {
      await prepare();
      return undefined;
    } catch (error) {
      // The first request may have been answered meanwhile, and its answer is no less valid for what has changed since.
      const meanwhile = await findAnswer<Body>(manager, request);
      if (meanwhile) return meanwhile;
      throw error;
    }
  }
}

async function runOnce<Body>(tx: EntityManager, request: KeyedRequest, work: Work<Body>): Promise<Reply<Body>> {
  if (!(await claim(tx, request))) return (await findAnswer<Body>(tx, request))!;
  const reply = await work(tx);
  const { accountId, key } = request;
  await sendIn(tx, prepared(KEEP_ANSWER, [accountId, key, JSON.stringify(reply.body), reply.version ?? null]));
  return reply;
}

/**
 * Takes the key for this transaction; false if it was used before. The primary key decides: a second request waits here
 * until the first has been committed (it was used), or rolled back (it is free). A key beyond its lifetime is free.
 */
async function claim(tx: EntityManager, { accountId, key, hash }: KeyedRequest): Promise<boolean> {
  try {
    return (await queryIn(tx, prepared(CLAIM, [accountId, key, hash]))).length > 0;
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    throw inFlight(error);
  }
}

/** It alone waits for a lock no longer than {@link WAIT_MS}: what follows may wait for other rows as long as any write may. */
const CLAIM = `
  insert into idempotency_keys as used (account_id, key, request_hash)
  select $1::uuid, $2::text, $3::bytea from set_config('lock_timeout', '${WAIT_MS}', true)
  on conflict (account_id, key) do update
    set request_hash = excluded.request_hash, response = null, version = null, created_at = excluded.created_at
    where used.created_at <= now() - ${KEY_LIFETIME}
  returning set_config('lock_timeout', '0', true)`;

const KEEP_ANSWER = 'update idempotency_keys set response = $3, version = $4 where account_id = $1 and key = $2';

const inFlight = (cause: unknown): DomainError =>
  new DomainError('idempotency_key_in_flight', { retryAfterS: RETRY_AFTER_S, cause });

/** @throws DomainError `idempotency_key_reused`, if it was another request that was answered */
async function findAnswer<Body>(
  manager: EntityManager,
  { accountId, key, hash }: KeyedRequest,
): Promise<Reply<Body> | undefined> {
  const [stored] = await manager.query<{ request_hash: Buffer; response: string; version: number | null }[]>(
    `select request_hash, response, version from idempotency_keys
     where account_id = $1 and key = $2 and created_at > now() - ${KEY_LIFETIME}`,
    [accountId, key],
  );
  if (!stored) return undefined;
  if (!stored.request_hash.equals(hash)) throw new DomainError('idempotency_key_reused');
  return new Reply(JSON.parse(stored.response) as Body, {
    version: stored.version ?? undefined,
    isReplay: true,
  });
}

const hashOf = ({ subject }: Pick<Command, 'subject'>, input: unknown): Buffer =>
  createHash('sha256')
    .update(`${subject}\n${canonicalJson(input)}`)
    .digest();

/** JSON with the members of each object in one order: a client that sends them in another has changed nothing. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

const isLockTimeout = (error: unknown): boolean =>
  error instanceof QueryFailedError && (error.driverError as { code?: string }).code === '55P03';
