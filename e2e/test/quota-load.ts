import { Api } from '@nexivo/testing/api';

/** One request as the client saw it, in ms of {@link performance}. */
export interface Observation {
  sentAt: number;
  answeredAt: number;
  status: number;
}

/**
 * Sends requests at a fixed rate, to each gateway in turn, whether the one before has been answered or not.
 *
 * @returns every request, in the order sent
 */
export async function steadyLoad(
  origins: readonly string[],
  token: string,
  { perSecond, forMs }: { perSecond: number; forMs: number },
): Promise<Observation[]> {
  const clients = origins.map((origin) => new Api(origin, token));
  const startedAt = performance.now();
  const observations: Promise<Observation>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const dueByNow = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
      while (observations.length < dueByNow) {
        observations.push(observe(clients[observations.length % clients.length]!));
      }
      if (performance.now() - startedAt < forMs) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  return Promise.all(observations);
}

async function observe(client: Api): Promise<Observation> {
  const sentAt = performance.now();
  const { status } = await client.get('/candidates?per_page=1');
  return { sentAt, answeredAt: performance.now(), status };
}

/**
 * The greatest number of admissions that certainly lay within one window: sent after its beginning and answered before its
 * end. What the network delayed cannot make it too large.
 */
export function mostWithin(windowMs: number, admissions: readonly Observation[]): number {
  const byAnswer = admissions.toSorted((a, b) => a.answeredAt - b.answeredAt);
  return Math.max(
    0,
    ...admissions.map(({ sentAt }) => {
      const within = byAnswer.filter((each) => each.sentAt >= sentAt && each.answeredAt <= sentAt + windowMs);
      return within.length;
    }),
  );
}

/** The smallest number of admissions in any window that lies within the load, by the time of their answers. */
export function fewestWithin(windowMs: number, admissions: readonly Observation[], endMs: number): number {
  const times = admissions.map(({ answeredAt }) => answeredAt).toSorted((a, b) => a - b);
  const windows = times.filter((begin) => begin + windowMs <= endMs);
  return Math.min(...windows.map((begin) => times.filter((at) => at >= begin && at < begin + windowMs).length));
}
