import type { Answer, Api } from '@nexivo/testing/api';

/** What came of requests that were sent without a pause. */
export interface Traffic {
  /** How many have been answered as they should. */
  answered(): number;
  /** How many of them have made something, each of which causes one event. */
  made(): number;
  /** The longest that one took since this was asked last, or since the beginning. */
  slowestMs(): number;
  /** Sends no more; what came of the others, one line each. */
  stop(): Promise<string[]>;
}

const CANDIDATE = { first_name: 'A', last_name: 'B', email: 'a@example.com' };

/** So many clients that ask each service something, again and again: they make a candidate, a job and a submission, and read lists. */
export function startTraffic(api: Api, clients: number): Traffic {
  const failures: string[] = [];
  let answered = 0;
  let made = 0;
  let slowestMs = 0;
  const end = new AbortController();
  const expectStatus = async (status: number, method: string, path: string, body?: unknown): Promise<Answer> => {
    const sentAt = performance.now();
    const answer = await api.send(method, path, body).catch((error: Error) => ({
      status: 0,
      headers: new Headers(),
      body: `${error.message} ${String(error.cause)}`,
    }));
    slowestMs = Math.max(slowestMs, performance.now() - sentAt);
    if (answer.status === status) answered += 1;
    else failures.push(`${method} ${path} ${answer.status} ${JSON.stringify(answer.body)}`);
    if (answer.status === 201) made += 1;
    return answer;
  };
  const client = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const candidate = await expectStatus(201, 'POST', '/candidates', CANDIDATE);
      await expectStatus(200, 'GET', '/candidates?per_page=1');
      const job = await expectStatus(201, 'POST', '/jobs', { title: 'Engineer' });
      if (candidate.status === 201 && job.status === 201) {
        const path = `/jobs/${job.body.id}/submissions`;
        await expectStatus(201, 'POST', path, { candidate_id: candidate.body.id });
      }
      await expectStatus(200, 'GET', '/webhooks?per_page=1');
    }
  };
  const running = Array.from({ length: clients }, client);
  return {
    answered: () => answered,
    made: () => made,
    slowestMs: () => {
      const slowest = slowestMs;
      slowestMs = 0;
      return slowest;
    },
    stop: async () => {
      end.abort();
      await Promise.all(running);
      return failures;
    },
  };
}
