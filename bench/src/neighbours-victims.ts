import { BASE_PATH } from '@nexivo/contracts/route';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Party, Place } from './api-place.js';
import { patches, toApi } from './api-routes.js';
import type { VictimName } from './attacks/attack.js';
import { type LoadRequest, type LoadResult, send } from './load.js';
import type { WebhookReceiver } from './webhook-receiver.js';

/** What somebody who did nothing wrong got to feel; latencies in milliseconds, in ascending order. */
export interface Suffering {
  latencies: Float64Array;
  /** By status, `closed` or `missing`. */
  failures: Record<string, number>;
}

/** Each sends so much a second, whatever happens to it. */
const PER_SECOND = 20;
const CONNECTIONS = 10;
/** Until every webhook has arrived after the last write. */
const RECEIPT_MS = 30_000;

const authorized = (party: Party, path: string): LoadRequest => ({
  path: BASE_PATH + path,
  headers: { authorization: `Bearer ${party.token}` },
  status: 200,
});

/** Each measurement has titles of its own: what changes nothing is no event. */
let turn = 0;

const requestsOf: Record<Exclude<VictimName, 'delivery'>, (place: Place) => LoadRequest[]> = {
  get: ({ writers }) => writers.ids.map((id) => authorized(writers, `/candidates/${id}`)),
  list: ({ writers }) => [authorized(writers, '/candidates?per_page=25')],
  patch: (place) =>
    patches(
      place,
      ['Engineer', 'Manager'].map((title) => `${title} ${++turn}`),
    ).map(toApi),
  live: () => [{ path: '/health/live', headers: {}, status: 200 }],
};

/** @param receiver where the webhook of the victim's account leads to */
export async function suffer(
  name: VictimName,
  place: Place,
  receiver: WebhookReceiver,
  seconds: number,
): Promise<Suffering> {
  const load = { origin: place.system.origin, connections: CONNECTIONS, perSecond: PER_SECOND, seconds, mayFail: true };
  if (name !== 'delivery') return send({ ...load, inTurn: requestsOf[name](place) });
  await receiver.take();
  const written = await send({ ...load, inTurn: requestsOf.patch(place) });
  return receipts(receiver, written);
}

async function receipts(receiver: WebhookReceiver, { requests, failures }: LoadResult): Promise<Suffering> {
  const all: number[] = [];
  const giveUpAt = Date.now() + RECEIPT_MS;
  while (all.length < requests && Date.now() < giveUpAt) {
    await sleep(50);
    all.push(...(await receiver.take()).latencies);
  }
  const missing = requests - all.length;
  return {
    latencies: Float64Array.from(all).toSorted(),
    failures: missing > 0 ? { ...failures, missing } : failures,
  };
}
