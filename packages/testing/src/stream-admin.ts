import { BusConnection } from '@nexivo/bus/connection';
import { createLogger } from '@nexivo/runtime/logging';
import { eventually } from './poll.js';

interface Info {
  config: { max_age: number; duplicate_window: number };
  state: { messages: number };
  /** Of a cluster: who has copies beside the leader. */
  cluster?: { leader?: string; replicas?: { name: string; current: boolean; offline?: boolean }[] };
}
type Ask = (verb: 'INFO' | 'UPDATE', payload?: object) => Promise<Info>;

/** Speaks of the stream with the bus. */
async function withStream<Result>(natsUrl: string | string[], use: (ask: Ask) => Promise<Result>): Promise<Result> {
  const connection = await BusConnection.to(
    { NATS_URL: [natsUrl].flat() },
    'test-stream',
    createLogger('test', 'fatal'),
  );
  const ask: Ask = async (verb, payload) => {
    const answer = await connection.nats.request(`$JS.API.STREAM.${verb}.EVENTS`, payload && JSON.stringify(payload));
    const info = answer.json<Info & { error?: { description: string } }>();
    if (info.error) throw new Error(info.error.description);
    return info;
  };
  try {
    return await use(ask);
  } finally {
    await connection.onApplicationShutdown();
  }
}

/**
 * Has all that the stream of events holds expire, as if it were older than the stream keeps events.
 *
 * @param natsUrl of the user `migrate`
 */
export const expireStream = (natsUrl: string): Promise<void> =>
  withStream(natsUrl, async (ask) => {
    const { config } = await ask('INFO');
    await ask('UPDATE', { ...config, max_age: SECOND_NS, duplicate_window: SECOND_NS });
    await eventually(async () => {
      const { messages } = (await ask('INFO')).state;
      if (messages > 0) throw new Error(`${messages} messages have yet to expire`);
    });
    await ask('UPDATE', config);
  });

/**
 * Has the stream recognise for a second alone what is published twice, so that nobody has to wait for two minutes.
 *
 * @param natsUrl of the user `migrate`
 */
export const shortenDuplicateWindow = (natsUrl: string): Promise<void> =>
  withStream(natsUrl, async (ask) => {
    await ask('UPDATE', { ...(await ask('INFO')).config, duplicate_window: SECOND_NS });
  });

/** How many servers of a cluster have all of the stream. */
export const wholeCopies = (natsUrls: string[]): Promise<number> =>
  withStream(natsUrls, async (ask) => {
    const { leader, replicas = [] } = (await ask('INFO')).cluster ?? {};
    return (leader ? 1 : 0) + replicas.filter(({ current, offline }) => current && !offline).length;
  });

const SECOND_NS = 1_000_000_000;
