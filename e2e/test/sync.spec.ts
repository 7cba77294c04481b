import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '@nexivo/local/paths';
import type { Api } from '@nexivo/testing/api';
import { type SharedStack, shareStack } from './shared-stack.js';

let shared: SharedStack;
beforeAll(async () => {
  shared = await shareStack();
});
afterAll(() => shared.leave());

/** What a row shows of itself; more of it is not compared. */
interface Row {
  id: string;
  updated_at: string;
}

/** A kind of resource of an account with so many rows. */
interface Kind {
  readonly path: string;
  readonly ids: readonly string[];
  /** Changes a row. */
  readonly change: (id: string, to: string) => Promise<unknown>;
}

const ROWS = 30;
const WRITERS = 4;

async function createAll(api: Api, path: string, bodyOf: (n: number) => unknown): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < ROWS; n++) {
    const { status, body } = await api.post(path, bodyOf(n));
    expect({ status, body }).toMatchObject({ status: 201 });
    ids.push(body.id);
  }
  return ids;
}

const person = (n: number) => ({ first_name: 'A', last_name: `L${n}` });

async function candidatesOf(api: Api): Promise<Kind> {
  const ids = await createAll(api, '/candidates', person);
  return { path: '/candidates', ids, change: (id, to) => api.patch(`/candidates/${id}`, { city: to }) };
}

async function jobsOf(api: Api): Promise<Kind> {
  const ids = await createAll(api, '/jobs', (n) => ({ title: `Job ${n}` }));
  return { path: '/jobs', ids, change: (id, to) => api.patch(`/jobs/${id}`, { department: to }) };
}

async function submissionsOf(api: Api): Promise<Kind> {
  const candidateIds = await createAll(api, '/candidates', person);
  const { body } = await api.post('/jobs', { title: 'Job', status: 'open' });
  const ids = await createAll(api, `/jobs/${body.id}/submissions`, (n) => ({ candidate_id: candidateIds[n] }));
  return { path: '/submissions', ids, change: (id, to) => api.patch(`/submissions/${id}`, { notes: to }) };
}

/** Lets through as many as it is opened for; the others wait. */
class Turnstile {
  private free = 0;
  private readonly waiting: (() => void)[] = [];

  open(count: number): void {
    for (let n = 0; n < count; n++) {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }

  pass(): Promise<void> {
    if (this.free === 0) return new Promise((resolve) => void this.waiting.push(resolve));
    this.free--;
    return Promise.resolve();
  }
}

/** Changes rows until `work` is done, several at a time; where there is a turnstile, no more than it lets through. */
async function besideWriters(
  { ids, change }: Kind,
  work: () => Promise<void>,
  {
    other = () => Promise.resolve(),
    turnstile,
  }: { other?: (turn: number) => Promise<unknown>; turnstile?: Turnstile } = {},
): Promise<void> {
  const writing = { isOver: false };
  const write = async (writer: number): Promise<void> => {
    for (let turn = 0; ; turn++) {
      await turnstile?.pass();
      if (writing.isOver) return;
      await change(ids[(writer * 7 + turn * 3) % ids.length]!, `${writer}:${turn}`);
      if (writer === 0) await other(turn);
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, n) => write(n));
  await work().finally(() => {
    writing.isOver = true;
    turnstile?.open(WRITERS);
  });
  await Promise.all(writers);
}

describe('a copy by the links of pages that are sorted by time, beside writers', () => {
  it.each([
    ['candidates', candidatesOf],
    ['jobs', jobsOf],
    ['submissions', submissionsOf],
  ])('misses none of the %s, and no change', async (_, kindOf) => {
    const api = await shared.client();
    const kind = await kindOf(api);
    const copy = new Map<string, Row>();
    // Fewer changes than a page has rows: otherwise nobody who reads four at a time would ever come to the end.
    const turnstile = new Turnstile();
    let since = '';
    const round = async (): Promise<void> => {
      const { path } = kind;
      for (
        let url: string | null = `${path}?page=1&per_page=4&sort=updated_at${since && `&updated_after=${since}`}`;
        url;
      ) {
        const { status, body } = await api.get(url);
        expect({ status, body }).toMatchObject({ status: 200 });
        turnstile.open(3);
        const rows = body.data as Row[];
        for (const row of rows) copy.set(row.id, row);
        since = rows.at(-1)?.updated_at ?? since;
        const next: string | null = body.links.next;
        url = next && next.slice(next.indexOf(path));
      }
    };
    const rounds = async (): Promise<void> => {
      for (let n = 0; n < 10; n++) await round();
    };
    await besideWriters(kind, rounds, { turnstile });
    await round();
    expect([...copy.keys()].toSorted()).toEqual([...kind.ids].toSorted());
    for (const id of kind.ids) expect(copy.get(id)).toEqual((await api.get(`${kind.path}/${id}`)).body);
  });
});

it("the README's copy misses nothing, beside writers and deletions, from its first run on", async () => {
  const api = await shared.client();
  const kind = await candidatesOf(api);
  const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
  const [, script] = /^## Keeping a copy$.*?^```js\n(.*?)^```$/ms.exec(readme)!;
  const directory = mkdtempSync(join(tmpdir(), 'nexivo-copy-'));
  const program = join(directory, 'copy.mjs');
  writeFileSync(program, script!.replace('per_page: 100', 'per_page: 4'));
  const run = async (): Promise<void> => {
    const env = { ...process.env, API: shared.baseUrl, TOKEN: api.token! };
    await promisify(execFile)(process.execPath, [program], { cwd: directory, env });
  };
  const ids = [...kind.ids];
  await besideWriters(
    kind,
    async () => {
      for (let n = 0; n < 5; n++) await run();
    },
    {
      other: async (turn) => {
        ids.push((await api.post('/candidates', person(turn))).body.id);
        if (turn % 2 === 0) await api.delete(`/candidates/${ids[ids.length - 1 - (turn % 20)]}`);
      },
    },
  );
  await run();
  const { rows } = JSON.parse(readFileSync(join(directory, 'candidates.json'), 'utf8')) as {
    rows: Record<string, Row>;
  };
  rmSync(directory, { recursive: true });
  const inactive = Object.values(rows).filter((row) => (row as { status?: string }).status === 'inactive');
  expect(inactive).not.toEqual([]);
  expect(Object.keys(rows).toSorted()).toEqual(ids.toSorted());
  for (const id of ids) expect(rows[id]).toEqual((await api.get(`/candidates/${id}`)).body);
});
