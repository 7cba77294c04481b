import { expect } from '@jest/globals';
import { problem } from '@nexivo/contracts/errors';
import { generateToken } from '@nexivo/gateway/accounts/token';
import type { Answer, Api, Operator } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { scaled } from '@nexivo/testing/time';
import { mostWithin, type Observation } from './quota-load.js';
import { startPausableGateway } from './paused-store.js';
import { runStack } from './running-stack.js';

const LIMIT = 100;
/** A tenth of the quota: what a gateway gives out on its own. */
const LOCAL_SHARE = 10;
/** Until when the share must be used up: it is one for each minute. */
const MAX_PAUSE_MS = scaled(20_000);

/**
 * Pauses the gateway's Postgres under load, and checks: known tokens go on within the local share, what is refused is a 503 or
 * 429 problem, nobody exceeds the quota by more than the share, and all is written down when the store is back, without a restart.
 */
export async function provePausedStore(pauseMs: number): Promise<{ admittedWhilePaused: number; most: number }> {
  const running = await runStack();
  const paused = await startPausableGateway(running);
  try {
    const known = await tokenOf(paused.operator, LIMIT);
    const busy = await tokenOf(paused.operator, LIMIT);
    const client = paused.client(known);
    expect((await client.get('/jobs')).status).toBe(200);
    const observations: Observation[] = [];
    const ask = async (api: Api): Promise<Answer> => {
      const sentAt = performance.now();
      const answer = await api.get('/jobs');
      observations.push({ sentAt, answeredAt: performance.now(), status: answer.status });
      return answer;
    };
    // The busy account has used all that it may when the store goes.
    const before = await Promise.all(Array.from({ length: LIMIT }, () => ask(paused.client(busy))));
    expect(before.every(({ status }) => status === 200)).toBe(true);
    const { pid } = paused.gateway.process;

    paused.pause();
    const pausedAt = performance.now();
    let admittedWhilePaused = 0;
    const refusals: Answer[] = [];
    const elapsedMs = (): number => performance.now() - pausedAt;
    // On a busy machine the share may not be used up by then.
    while (elapsedMs() < pauseMs || (admittedWhilePaused < LOCAL_SHARE && elapsedMs() < MAX_PAUSE_MS)) {
      const answers = await Promise.all([
        client.get('/jobs'),
        ask(paused.client(busy)),
        paused.client(generateToken()).get('/jobs'),
      ]);
      if (answers[0].status === 200) admittedWhilePaused++;
      else refusals.push(answers[0]);
      expect(answers[2].status).toBe(503);
      refusals.push(answers[2]);
    }
    paused.resume();

    expect(admittedWhilePaused).toBe(LOCAL_SHARE);
    for (const { status, headers, body } of refusals) {
      expect([429, 503]).toContain(status);
      expect(problem.parse(body).status).toBe(status);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const most = mostWithin(
      60_000,
      observations.filter(({ status }) => status === 200),
    );
    expect(most).toBeLessThanOrEqual(LIMIT + LOCAL_SHARE);

    // What was used meanwhile is counted: the one before, and the share. A statement that was on its way when the store
    // stopped is carried out when it wakes, and counted though nobody heard the answer: at most one for each connection.
    await eventually(async () => {
      const { status, body } = await client.get('/me');
      expect(status).toBe(200);
      expect(body.quotas.day.used).toBeGreaterThanOrEqual(1 + LOCAL_SHARE);
      expect(body.quotas.day.used).toBeLessThanOrEqual(1 + LOCAL_SHARE + 4);
    });
    expect((await client.get('/jobs')).status).toBe(200);
    expect(paused.gateway.process.pid).toBe(pid);
    return { admittedWhilePaused, most };
  } finally {
    paused.resume();
    await paused.stop();
    await running.stop();
  }
}

const tokenOf = async (operator: Operator, perMinute: number): Promise<string> =>
  (await operator.createToken(await operator.createAccount('professional', { perMinute }))).token;
