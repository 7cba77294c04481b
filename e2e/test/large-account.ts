import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { serviceNames } from '@nexivo/local/services';
import type { Api } from '@nexivo/testing/api';
import { askDatabase } from '@nexivo/testing/sql';
import { runLoadDemo } from './run-load-demo.js';
import { type RunningStack, runStack } from './running-stack.js';
import { startWrites } from './write-load.js';

/** What to prove it with. */
export interface LargeAccount {
  candidates: number;
  writesPerSecond: number;
  /** How long requests go on at least: the list is read again until then. */
  seconds: number;
}

export interface Measured {
  loadedInS: number;
  walks: number;
  rowsPerWalk: number;
  slowestPageMs: number;
  writes: Record<number, number>;
  /** The most memory of each service in the first half of the time, and in the second, in MiB of what is in RAM. */
  mib: Record<string, [number, number]>;
}

/** What recruiters look for meanwhile. */
const SEARCHES = ['engineer', 'skill:typescript city:berlin', '"data engineer" NOT junior', 'nurs*'];
const SAMPLE_EVERY_MS = 5_000;
/** What each service may take under load, in MiB. */
const LIMIT_MIB = 300;

/**
 * Fills an account and reads the list of all its candidates by cursor, from its start to its end and again, while others write
 * and search: every row that was there throughout is seen once in each.
 */
export async function proveLargeAccount(options: LargeAccount): Promise<Measured> {
  const running = await runStack();
  try {
    return await prove(running, options);
  } finally {
    await running.stop();
  }
}

async function prove(running: RunningStack, { candidates, writesPerSecond, seconds }: LargeAccount): Promise<Measured> {
  const accountId = await running.operator.createAccount();
  const api = await running.client({ accountId });
  const sizes = ['--candidates', String(candidates), '--jobs', '0', '--submissions', '0'];
  const startedAt = performance.now();
  const { code, stderr } = await runLoadDemo(running.stack, ['--account', accountId, ...sizes]);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const loadedInS = Math.round((performance.now() - startedAt) / 1_000);
  const loaded = await listedIds(running, accountId);

  const memory = watchMemory(running, seconds);
  const writes = startWrites(api, writesPerSecond);
  const until = performance.now() + seconds * 1_000;
  let walks = 0;
  let slowestPageMs = 0;
  const walkUntil = async (): Promise<void> => {
    do {
      const seen = new Map<string, number>();
      slowestPageMs = Math.max(slowestPageMs, Math.round(await walk(api, seen)));
      // Names the first few that went wrong: a million do not print.
      const wrong = loaded.filter((id) => seen.get(id) !== 1).slice(0, 5);
      expect(wrong.map((id) => [id, seen.get(id) ?? 0])).toEqual([]);
      walks++;
    } while (performance.now() < until);
  };
  let statuses: Measured['writes'];
  let mib: Measured['mib'];
  // Whatever becomes of the walks, nothing goes on beside the end of the stack.
  try {
    await Promise.all([walkUntil(), searchUntil(api, until)]);
  } finally {
    ({ statuses } = await writes.stop());
    mib = memory.stop();
  }
  const measured = { loadedInS, walks, rowsPerWalk: loaded.length, slowestPageMs, writes: statuses, mib };
  // Whatever was promised of it.
  process.stdout.write(`${JSON.stringify(measured)} with ${candidates} candidates\n`);
  expect(Object.keys(statuses).toSorted()).toEqual(['200', '201']);
  for (const peaks of Object.values(mib)) expect(Math.max(...peaks)).toBeLessThan(LIMIT_MIB);
  return measured;
}

async function listedIds({ stack }: RunningStack, accountId: string): Promise<string[]> {
  const rows = await askDatabase<{ id: string }>(
    stack.envOf('candidates')['DATABASE_URL']!,
    `select id from candidates.candidates where account_id = $1 and status <> 'inactive'`,
    [accountId],
  );
  return rows.map(({ id }) => id);
}

/** @returns how long the slowest page took, in ms */
async function walk(api: Api, seen: Map<string, number>): Promise<number> {
  let slowest = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const askedAt = performance.now();
    const { status, body } = await api.get(`/candidates?per_page=100&cursor=${cursor}`);
    expect(status).toBe(200);
    slowest = Math.max(slowest, performance.now() - askedAt);
    for (const { id } of body.data) seen.set(id, (seen.get(id) ?? 0) + 1);
    cursor = body.meta.next_cursor;
  }
  return slowest;
}

async function searchUntil(api: Api, until: number): Promise<void> {
  for (let n = 0; performance.now() < until; n++) {
    const { status } = await api.get(`/candidates?q=${encodeURIComponent(SEARCHES[n % SEARCHES.length]!)}`);
    expect(status).toBe(200);
  }
}

function watchMemory({ stack }: RunningStack, seconds: number): { stop: () => Measured['mib'] } {
  const half = performance.now() + (seconds * 1_000) / 2;
  const mib = Object.fromEntries(serviceNames.map((name): [string, [number, number]] => [name, [0, 0]]));
  const sample = (): void => {
    const part = performance.now() < half ? 0 : 1;
    for (const name of serviceNames) {
      const kib = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${stack.services[name].pid}/status`, 'utf8'))![1];
      mib[name]![part] = Math.max(mib[name]![part], Math.round(Number(kib) / 1_024));
    }
  };
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      sample();
      return mib;
    },
  };
}
