import { currentContext, timeLeftMs } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { FairSemaphore } from '@nexivo/runtime/fair-semaphore';
import pg from 'pg';

/** Of the connections, how many one account may have. The others stay for the rest, however slow its statements are. */
const SHARE_OF_ACCOUNT = 0.8;

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: boolean) => void,
) => void;

/**
 * A pool whose connections go to the accounts in turn. The account and how long its command waits come from the context; work of no
 * account, and reads that several share, are a line of their own.
 *
 * Waiting lasts until the deadline and ends in `Busy`: that all connections are in use does not mean that the database is away. Only
 * making a connection has the time limit of `connectionTimeoutMillis`.
 */
export class FairPool extends pg.Pool {
  /** How the connections are used. */
  readonly turns: FairSemaphore;

  /** @param config `max` is required; {@link probe} may use one connection more */
  constructor(config: pg.PoolConfig & { max: number }) {
    super({ ...config, max: config.max + 1 });
    const slotsPerKey = Math.ceil(config.max * SHARE_OF_ACCOUNT);
    this.turns = new FairSemaphore({ slots: config.max, slotsPerKey, name: 'The service' });
    // node-postgres declares both with many overloads.
    this.connect = ((callback?: Connected) => {
      const connected = this.take();
      if (!callback) return connected;
      connected.then(
        (client) => callback(undefined, client, (error) => client.release(error)),
        (error: Error) => callback(error, undefined, () => undefined),
      );
    }) as pg.Pool['connect'];
    this.query = ((...statement: unknown[]) => run(this.take(), statement)) as unknown as pg.Pool['query'];
  }

  /** Runs a statement past the lines, for whoever asks whether the database answers. */
  probe<Row extends pg.QueryResultRow>(text: string): Promise<pg.QueryResult<Row>> {
    return run(super.connect(), [text]);
  }

  private async take(): Promise<pg.PoolClient> {
    const giveBack = await this.turns.acquire(currentContext()?.accountId ?? '', timeLeftMs());
    try {
      const client = await super.connect();
      const release = client.release.bind(client);
      client.release = (error) => {
        release(error);
        giveBack();
      };
      return client;
    } catch (error) {
      giveBack();
      throw error;
    }
  }
}

async function run<Result>(connected: Promise<pg.PoolClient>, statement: unknown[]): Promise<Result> {
  const client = await connected;
  let isUsable = false;
  try {
    const result = await (client.query as (...given: unknown[]) => Promise<Result>).apply(client, statement);
    isUsable = true;
    return result;
  } catch (error) {
    // Of a statement that was refused. Another may be under way still.
    isUsable = error instanceof pg.DatabaseError || error instanceof DomainError;
    throw error;
  } finally {
    client.release(!isUsable);
  }
}
