import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_PAGE_BYTES } from '@nexivo/contracts/pagination';
import { BASE_PATH } from '@nexivo/contracts/route';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { startWorld, type World } from '@nexivo/testing/world';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { originOf, startGateway } from './gateway-under-test.js';
import * as uploads from './uploads.js';

const MIB = 1024 * 1024;
const CANDIDATES = 100;
const WRITE_TIMEOUT_S = 2;
const PAGE = '/candidates?per_page=100';

let world: World;
let operator: Operator;
let impatientOrigin: string;
let api: Api;
const candidateIds: string[] = [];
const accepted = new Set<Socket>();

/** Bytes of answers that wait in the gateway for their clients. */
const unreadBytes = (): number => [...accepted].reduce((sum, { writableLength }) => sum + writableLength, 0);

beforeAll(async () => {
  world = await startWorld();
  for (const service of ['candidates', 'jobs', 'submissions'] as const) await world.spawn(service);
  const watch = (app: NestFastifyApplication): void => {
    app.getHttpServer().on('connection', (socket: Socket) => {
      accepted.add(socket);
      socket.once('close', () => accepted.delete(socket));
    });
  };
  const app = await startGateway(world);
  const impatient = await startGateway(world, { WRITE_TIMEOUT_S: String(WRITE_TIMEOUT_S) });
  watch(app);
  watch(impatient);
  impatientOrigin = await originOf(impatient);
  operator = await connectOperator(world.nats.urlFor('admin'));
  api = new Api(await originOf(app), (await operator.createToken(await operator.createAccount())).token);
  // Three bytes a character, 60 KB each, and no word to be searched for.
  const summary = '\u2022'.repeat(20_000);
  for (let n = 0; n < CANDIDATES; n++) {
    const candidate = { first_name: 'Ann', last_name: `Number ${n}`, email: `ann${n}@example.com`, summary };
    const { status, body } = await api.post('/candidates', candidate);
    expect(status).toBe(201);
    candidateIds.push(body.id);
  }
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

const idsOf = (rows: { id: string }[]): string[] => rows.map(({ id }) => id);

describe('a page whose rows are larger than 4 MiB', () => {
  it.each([PAGE, `${PAGE}&cursor=`, `${PAGE}&sort=last_name`])(
    'of %s is cut, says so, and its links lead to every row once',
    async (path) => {
      const first = await api.get(path);
      expect(first.body.meta).toMatchObject({ per_page: 100, is_truncated: true });
      expect(Buffer.byteLength(JSON.stringify(first.body.data))).toBeLessThanOrEqual(MAX_PAGE_BYTES);
      const next = new URL(first.body.links.next);
      expect(next.searchParams.get('cursor')).toBe(first.body.meta.next_cursor);
      const second = await api.get(next.href.slice(next.href.indexOf(BASE_PATH) + BASE_PATH.length));
      expect(second.body.meta).not.toHaveProperty('is_truncated');
      expect(second.body.links.next).toBeNull();
      const ids = [...idsOf(first.body.data), ...idsOf(second.body.data)];
      expect(new Set(ids).size).toBe(CANDIDATES);
      expect(ids).toHaveLength(CANDIDATES);
    },
  );

  it.each(['', '&cursor=', '&sort=updated_at'])(
    'because of what it expands is cut in the same way: %s',
    async (more) => {
      const job = await api.post('/jobs', { title: 'Welder' });
      expect(job.status).toBe(201);
      for (const candidate_id of candidateIds) {
        const submitted = await api.post(`/jobs/${job.body.id}/submissions`, { candidate_id });
        expect(submitted).toMatchObject({ status: 201 });
      }
      const path = `/jobs/${job.body.id}/submissions?per_page=100&expand=candidate${more}`;
      const first = await api.get(path);
      expect(first.body.meta).toMatchObject({ per_page: 100, is_truncated: true });
      expect(Buffer.byteLength(JSON.stringify(first.body.data))).toBeLessThanOrEqual(MAX_PAGE_BYTES);
      const next = new URL(first.body.links.next);
      const second = await api.get(next.href.slice(next.href.indexOf(BASE_PATH) + BASE_PATH.length));
      const shown = [...first.body.data, ...second.body.data] as { candidate: { id: string; summary: string } }[];
      expect(shown.map(({ candidate }) => candidate.id).toSorted()).toEqual(candidateIds.toSorted());
    },
  );

  it('does not make one of fewer rows say anything', async () => {
    expect((await api.get('/candidates?per_page=50')).body.meta).not.toHaveProperty('is_truncated');
  });
});

describe('pages that are not read', () => {
  const head = (): string =>
    `GET ${BASE_PATH}${PAGE} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${api.token}\r\n\r\n`;

  it('never take more than so much memory, and are given up', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const socket = uploads.open(impatientOrigin).on('error', () => undefined);
        await once(socket, 'connect');
        socket.write(head());
        return socket;
      }),
    );
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, unreadBytes())), 20);
    try {
      await eventually(() => expect(most).toBeGreaterThan(0));
      await eventually(() => expect(unreadBytes()).toBe(0), { withinMs: 60_000 });
      expect(most).toBeLessThan(16 * MIB);
    } finally {
      clearInterval(watching);
      for (const socket of sockets) socket.destroy();
    }
  });
});

it('pages that are read come all, though more are asked for at once than are in flight', async () => {
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, unreadBytes())), 5);
  const answers = await Promise.all(Array.from({ length: 6 }, () => api.get(PAGE)));
  clearInterval(watching);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(most).toBeLessThan(16 * MIB);
});
