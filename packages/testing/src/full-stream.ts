import { BusConnection } from '@nexivo/bus/connection';
import { createLogger } from '@nexivo/runtime/logging';

/**
 * Makes the stream of events take no more, as one does whose quota of the disk is used up. Everything else on the bus goes on,
 * and what is stored stays.
 *
 * @param natsUrl of the user `migrate`
 * @returns what makes it take events again
 */
export async function fillStream(natsUrl: string): Promise<() => Promise<void>> {
  const connection = await BusConnection.to({ NATS_URL: [natsUrl] }, 'test-stream', createLogger('test', 'fatal'));
  const ask = async (verb: 'INFO' | 'UPDATE', payload?: object): Promise<{ config: object }> => {
    const answer = await connection.nats.request(`$JS.API.STREAM.${verb}.EVENTS`, payload && JSON.stringify(payload));
    const { config, error } = answer.json<{ config: object; error?: { description: string } }>();
    if (error) throw new Error(error.description);
    return { config };
  };
  const { config } = await ask('INFO');
  // Less than it holds, and it is the new ones that have to go without.
  await ask('UPDATE', { ...config, max_msgs: 1, discard: 'new' });
  return async () => {
    await ask('UPDATE', config);
    await connection.onApplicationShutdown();
  };
}
