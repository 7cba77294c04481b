import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { removeOutsideDirectory } from '@nexivo/local/cluster-place';
import { repositoryRoot } from '@nexivo/local/paths';
import { type Postgres, startPostgres } from '@nexivo/local/postgres';
import { serviceNames } from '@nexivo/local/services';
import type { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { askDatabase } from '@nexivo/testing/sql';
import { describeJourney } from './journey.js';
import { type RunningStack, runStack } from './running-stack.js';

let dataDir: string;
let second: Postgres;
let running: RunningStack;
let receiver: Receiver;
let api: Api;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'nexivo-second-postgres-'));
  second = await startPostgres({ dataDir, settings: { fsync: 'off' } });
  running = await runStack({
    databaseUrls: { candidates: second.url, webhooks: second.url },
    autoRestart: false,
    env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' },
  });
  receiver = await startReceiver();
  api = await running.client();
});
afterAll(async () => {
  await running?.stop();
  await receiver?.stop();
  await second?.stop();
  removeOutsideDirectory(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
});

describe('candidates and webhooks on a Postgres of their own, the others on another', () => {
  describeJourney(() => ({ api, receiver }));

  it('each server has the schemas of its services and no others', async () => {
    const schemasIn = async (url: string): Promise<string[]> => {
      const rows = await askDatabase<{ name: string }>(
        url,
        'select nspname as name from pg_namespace where nspname = any($1) order by 1',
        [serviceNames],
      );
      return rows.map(({ name }) => name);
    };
    const urlOf = (database: string): string => new URL(`/${database}`, running.stack.postgres!.url).href;
    expect(await schemasIn(second.url)).toEqual(['candidates', 'webhooks']);
    expect(await schemasIn(urlOf('nexivo'))).toEqual(['gateway', 'jobs', 'submissions']);
  });

  it('what one server takes down is its own services: the rest is served, and all of it once the server is back', async () => {
    const statuses = async (): Promise<number[]> =>
      Promise.all(['/jobs', '/me', '/candidates', '/webhooks'].map(async (path) => (await api.get(path)).status));
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    await second.process.stop();
    await eventually(async () => expect(await statuses()).toEqual([200, 200, 503, 503]));
    const { status, body } = await api.post('/jobs', { title: 'Written meanwhile' });
    expect(status).toBe(201);
    await second.process.start();
    await eventually(async () => expect(await statuses()).toEqual([200, 200, 200, 200]));
    await eventually(async () => {
      const { data } = (await api.get('/events?type=job.created&per_page=100')).body;
      expect((data as { data: { object: { id: string } } }[]).map((event) => event.data.object.id)).toContain(body.id);
    });
  });
});

describe('how tables are spread over shards, as docs/scaling.md has it', () => {
  interface Table {
    name: string;
    keys: string[];
  }
  /** What the page says of each table: how it is spread. */
  const page = readFileSync(join(repositoryRoot, 'docs/scaling.md'), 'utf8');
  const told = new Map([...page.matchAll(/^\| `(\w+\.\w+)` \| (\w+) \|/gm)].map(([, name, how]) => [name!, how!]));

  /** Each table of a service, and for each of its unique indexes what it begins with. */
  async function tables(): Promise<Table[]> {
    const all: Table[] = [];
    for (const service of serviceNames) {
      const url = running.stack.envOf(service)['DATABASE_URL']!;
      const rows = await askDatabase<Table>(
        url,
        `select $1 || '.' || relname as name, array(
           select distinct attname::text from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]
           where indrelid = pg_class.oid and indisunique) as keys
         from pg_class where relnamespace = $1::regnamespace and relkind = 'r' order by relname`,
        [service],
      );
      all.push(...rows);
    }
    return all;
  }

  it('names each table once, and no table that is not there', async () => {
    const names = (await tables()).map(({ name }) => name);
    expect([...told.keys()].toSorted()).toEqual(names.toSorted());
  });

  it('spreads by account what has the account first in each unique index, and nothing else', async () => {
    const spreadable = (await tables()).filter(
      ({ keys }) => keys.length > 0 && keys.every((key) => key === 'account_id'),
    );
    const byAccount = [...told].filter(([, how]) => how === 'distributed').map(([name]) => name);
    expect(byAccount.toSorted()).toEqual(spreadable.map(({ name }) => name).toSorted());
  });
});
