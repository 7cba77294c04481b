import { BusConnection } from '@nexivo/bus/connection';
import { createLogger } from '@nexivo/runtime/logging';
import { scaled } from './time.js';

const TIMEOUT_MS = scaled(5_000);

/**
 * Makes the bus deliver again sooner what a consumer was given and has not settled: it waits a minute, and tests that kill a
 * consumer would, too.
 *
 * @param natsUrl of the bus user `migrate`
 * @param ms for how long it waits from now on
 */
export async function redeliverAfter(natsUrl: string, durable: string, ms: number): Promise<void> {
  const connection = await BusConnection.to({ NATS_URL: [natsUrl] }, 'test-redelivery', createLogger('test', 'fatal'));
  const ask = async (verb: string, input: object): Promise<{ config: object }> => {
    const subject = `$JS.API.CONSUMER.${verb}.EVENTS.${durable}`;
    const answer = await connection.nats.request(subject, JSON.stringify(input), { timeout: TIMEOUT_MS });
    const { error, ...result } = answer.json<{ config: object; error?: { description: string } }>();
    if (error) throw new Error(error.description);
    return result;
  };
  try {
    const { config } = await ask('INFO', {});
    const wanted = { ...config, ack_wait: ms * 1_000_000 };
    await ask('DURABLE.CREATE', { stream_name: 'EVENTS', action: 'update', config: wanted });
  } finally {
    await connection.onApplicationShutdown();
  }
}

/**
 * Has the bus deliver messages of a consumer to a replica that neither handles nor settles any, as if it had been killed.
 *
 * @param natsUrl of the consumer's service
 * @param count at most so many, within a second
 */
export async function deliverToTheDead(natsUrl: string, durable: string, count: number): Promise<void> {
  const connection = await BusConnection.to({ NATS_URL: [natsUrl] }, 'test-dead', createLogger('test', 'fatal'));
  try {
    const pull = JSON.stringify({ batch: count, expires: 1_000_000_000 });
    const options = { strategy: 'count', maxMessages: count, maxWait: 1_000 } as const;
    const messages = await connection.nats.requestMany(`$JS.API.CONSUMER.MSG.NEXT.EVENTS.${durable}`, pull, options);
    for await (const message of messages) if (message.headers?.code) break;
  } finally {
    await connection.onApplicationShutdown();
  }
}
