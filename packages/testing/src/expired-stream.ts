import { BusConnection, connectBus } from '@nexivo/bus/connection';
import { createLogger } from '@nexivo/runtime/logging';
import { eventually } from './poll.js';

/**
 * Has all that the stream of events holds expire, as if it were older than the stream keeps events.
 *
 * @param natsUrl of the user `migrate`
 */
export async function expireStream(natsUrl: string): Promise<void> {
  const connection = new BusConnection(
    await connectBus({ NATS_URL: [natsUrl] }, 'test-stream', createLogger('test', 'fatal')),
  );
  interface Info {
    config: { max_age: number; duplicate_window: number };
    state: { messages: number };
  }
  const ask = async (verb: 'INFO' | 'UPDATE', payload?: object): Promise<Info> => {
    const answer = await connection.nats.request(`$JS.API.STREAM.${verb}.EVENTS`, payload && JSON.stringify(payload));
    const info = answer.json<Info & { error?: { description: string } }>();
    if (info.error) throw new Error(info.error.description);
    return info;
  };
  const { config } = await ask('INFO');
  await ask('UPDATE', { ...config, max_age: SECOND_NS, duplicate_window: SECOND_NS });
  await eventually(async () => {
    const { messages } = (await ask('INFO')).state;
    if (messages > 0) throw new Error(`${messages} messages have yet to expire`);
  });
  await ask('UPDATE', config);
  await connection.onApplicationShutdown();
}

const SECOND_NS = 1_000_000_000;
