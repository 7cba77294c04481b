import { candidateFacts, type CandidateFacts } from './candidates.js';
import type { Demo } from './demo.js';
import { jobFacts, type JobFacts } from './jobs.js';

/** Which candidate was submitted to which job, and when: ascending in time. No pair is there twice. */
export interface Pairs {
  readonly count: number;
  at(row: number): Pair;
}

/** By the numbers of their rows. */
interface Pair {
  job: number;
  candidate: number;
  createdMs: number;
}

/** How long both have to be there before the one is submitted to the other. */
const SHORTEST_WAIT_MS = 60_000;

/**
 * Chooses as many pairs as are wanted, popular jobs the most; fewer only if there are no more: the job has to have been open
 * while the candidate was there and not inactive.
 */
export function choosePairs(demo: Demo): Pairs {
  const jobs = new Uint32Array(demo.submissions);
  const candidates = new Uint32Array(demo.submissions);
  const times = new Float64Array(demo.submissions);
  let count = 0;
  const take = (job: number, candidate: number, sinceMs: number, untilMs: number): void => {
    jobs[count] = job;
    candidates[count] = candidate;
    // Most come soon after they could.
    times[count] = sinceMs + Math.floor((untilMs - sinceMs) * demo.random('pairing', count).fraction() ** 2);
    count++;
  };

  let open = Array.from({ length: demo.jobs }, (_, row) => new Applicants(demo, row));
  const random = demo.random('pairing', demo.submissions);
  while (count < demo.submissions && open.length > 0) {
    const missing = demo.submissions - count;
    const popularity = open.reduce((sum, { job }) => sum + job.popularity, 0);
    for (const applicants of open) {
      const share = (missing * applicants.job.popularity) / popularity;
      const wanted = Math.floor(share) + (random.chance(share % 1) ? 1 : 0);
      for (let found = 0; found < wanted && count < demo.submissions && applicants.next(); found++) {
        take(applicants.row, applicants.candidate, applicants.sinceMs, applicants.untilMs);
      }
    }
    open = open.filter(({ isExhausted }) => !isExhausted);
  }

  const order = Uint32Array.from({ length: count }, (_, index) => index).toSorted((a, b) => times[a]! - times[b]!);
  return {
    count,
    at: (row) => {
      const index = order[row]!;
      return { job: jobs[index]!, candidate: candidates[index]!, createdMs: times[index]! };
    },
  };
}

/** Those who could be submitted to a job, one after the other and none twice, in an order that looks like none. */
class Applicants {
  readonly job: JobFacts;
  /** The one that {@link next} found, and from when until when it could be submitted. */
  candidate = -1;
  sinceMs = 0;
  untilMs = 0;

  private readonly openUntilMs: number;
  /** Candidates are numbered by age: the first so many were there before the job was closed. */
  private readonly eligible: number;
  /** Shares no divisor with `eligible`, so that steps of it come by everyone once. */
  private readonly stride: number;
  private place: number;
  private visited = 0;

  constructor(
    private readonly demo: Demo,
    readonly row: number,
  ) {
    this.job = jobFacts(demo, row);
    const { status, closedMs, updatedMs } = this.job;
    this.openUntilMs = closedMs ?? (status === 'on_hold' ? updatedMs : demo.untilMs);
    this.eligible = countBefore(demo, this.openUntilMs);
    const random = demo.random('pairing', demo.submissions + 1 + row);
    this.place = random.below(this.eligible);
    this.stride = coprime(this.eligible, 1 + random.below(this.eligible));
  }

  get isExhausted(): boolean {
    return this.visited >= this.eligible;
  }

  /** Finds the next one; false when there is none. */
  next(): boolean {
    while (!this.isExhausted) {
      this.visited++;
      this.place = (this.place + this.stride) % this.eligible;
      const candidate = candidateFacts(this.demo, this.place);
      this.candidate = this.place;
      this.sinceMs = Math.max(this.job.openedMs, candidate.createdMs) + SHORTEST_WAIT_MS;
      this.untilMs = Math.min(this.openUntilMs, activeUntilMs(this.demo, candidate));
      if (this.sinceMs < this.untilMs) return true;
    }
    return false;
  }
}

const activeUntilMs = ({ untilMs }: Demo, { status, updatedMs }: CandidateFacts): number =>
  status === 'inactive' ? updatedMs : untilMs;

function countBefore(demo: Demo, ms: number): number {
  let [low, high] = [0, demo.candidates];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (candidateFacts(demo, middle).createdMs < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function coprime(to: number, from: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let number = from;
  while (divisor(to, number) > 1) number++;
  return number;
}
