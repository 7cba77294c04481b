import type { Api } from '@nexivo/testing/api';

/** What came of requests that were sent without a pause. */
export interface Traffic {
  /** How many have been answered as they should. */
  answered(): number;
  /** The longest that one took. */
  slowestMs(): number;
  /** Sends no more; what came of the others, one line each. */
  stop(): Promise<string[]>;
}

/** So many clients that write a candidate and read a page, again and again. */
export function startTraffic(api: Api, clients: number): Traffic {
  const failures: string[] = [];
  let answered = 0;
  let slowestMs = 0;
  const end = new AbortController();
  const expectStatus = async (status: number, method: string, path: string, body?: unknown): Promise<void> => {
    const sentAt = performance.now();
    const answer = await api
      .send(method, path, body)
      .catch((error: Error) => ({ status: 0, body: `${error.message} ${String(error.cause)}` }));
    slowestMs = Math.max(slowestMs, performance.now() - sentAt);
    if (answer.status === status) answered += 1;
    else failures.push(`${method} ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const client = async (): Promise<void> => {
    while (!end.signal.aborted) {
      await expectStatus(201, 'POST', '/candidates', { first_name: 'A', last_name: 'B', email: 'a@example.com' });
      await expectStatus(200, 'GET', '/candidates?per_page=1');
    }
  };
  const running = Array.from({ length: clients }, client);
  return {
    answered: () => answered,
    slowestMs: () => slowestMs,
    stop: async () => {
      end.abort();
      await Promise.all(running);
      return failures;
    },
  };
}
