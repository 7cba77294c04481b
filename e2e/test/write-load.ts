import { randomInt } from 'node:crypto';
import type { Answer, Api } from '@nexivo/testing/api';

/** What a load has been answered. */
export interface Tally {
  /** How often each status came; 0 is no answer at all. */
  statuses: Record<number, number>;
  /** The resources that successful answers showed. */
  answered: unknown[];
  slowestMs: number;
}

/** Writes of every kind that publishes, sent until it is stopped. */
export interface WriteLoad {
  /** What has been answered so far. */
  tally(): Tally;
  /** Sends no more, and waits for the answers still due. */
  stop(): Promise<Tally>;
}

/** More clients than wait at a time there are not: what is due while all of them do is not sent. */
const MOST_UNDER_WAY = 300;

const STAGES = ['interview', 'offer', 'placed'];

/**
 * Sends writes at a fixed rate, whether those before have been answered or not, as long as they are not too many: of ten, three create a candidate and three
 * change one, two do so with jobs, two with submissions. It never sets a candidate's status.
 */
export function startWrites(api: Api, perSecond: number): WriteLoad {
  const known: Record<'candidates' | 'jobs' | 'submissions', string[]> = { candidates: [], jobs: [], submissions: [] };
  const tally: Tally = { statuses: {}, answered: [], slowestMs: 0 };
  const underWay = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  let submitted = 0;

  const create = async (kind: keyof typeof known, path: string, body: object): Promise<Answer> => {
    const answer = await api.post(path, body);
    if (answer.status === 201) known[kind].push(answer.body.id as string);
    return answer;
  };
  const candidate = (n: number) => ({ first_name: 'Jane', last_name: `Smith ${n}`, email: `jane.${n}@example.com` });
  const write = (n: number): Promise<Answer> => {
    const [candidateId, jobId, submissionId] = [any(known.candidates), any(known.jobs), any(known.submissions)];
    const kind = n % 10;
    if (candidateId && kind >= 3 && kind < 6) return api.patch(`/candidates/${candidateId}`, { phone: `${n}` });
    if (kind === 6) return create('jobs', '/jobs', { title: `Engineer ${n}` });
    if (jobId && kind === 7) return api.patch(`/jobs/${jobId}`, { external_id: `${n}` });
    // Each candidate once: a second submission to the same job would be refused.
    if (jobId && kind === 8 && submitted < known.candidates.length) {
      return create('submissions', `/jobs/${jobId}/submissions`, { candidate_id: known.candidates[submitted++] });
    }
    if (submissionId && kind === 9) {
      return api.patch(`/submissions/${submissionId}`, { stage: STAGES[randomInt(STAGES.length)] });
    }
    return create('candidates', '/candidates', candidate(n));
  };
  const send = async (n: number): Promise<void> => {
    const sentAt = performance.now();
    const { status, body } = await write(n).catch(() => ({ status: 0, body: undefined }));
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - sentAt);
    tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
    if (status === 200 || status === 201) tally.answered.push(body);
  };
  const timer = setInterval(() => {
    const dueByNow = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
    while (sent < dueByNow) {
      if (underWay.size >= MOST_UNDER_WAY) {
        sent += 1;
        continue;
      }
      const writing = send(sent++).finally(() => underWay.delete(writing));
      underWay.add(writing);
    }
  }, 5);

  return {
    tally: () => ({ ...tally, statuses: { ...tally.statuses }, answered: [...tally.answered] }),
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
      return tally;
    },
  };
}

const any = (ids: readonly string[]): string | undefined => (ids.length > 0 ? ids[randomInt(ids.length)] : undefined);
