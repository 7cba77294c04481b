import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Event, EVENT_TYPES } from '@nexivo/contracts/events';
import { BASE_PATH } from '@nexivo/contracts/route';
import type { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { redeliverAfter } from '@nexivo/testing/redelivery';
import { type ReceivedRequest, type Receiver, startReceiver } from '@nexivo/testing/receiver';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
let receiver: Receiver;
let api: Api;

beforeAll(async () => {
  [running, receiver] = await Promise.all([
    runStack({ autoRestart: false, env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true' } }),
    startReceiver(),
  ]);
});
afterAll(async () => {
  await receiver.stop();
  await running.stop();
});
afterEach(() => {
  receiver.answer = () => ({ status: 200 });
});

/** No webhook fails here. */
const HAPPENING = EVENT_TYPES.filter((type) => !type.startsWith('webhook.'));
const JANE = { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' };

/** An account of its own, and a webhook of it at a path of its own. */
async function newWebhook(path: string, events: readonly string[] = ['*']) {
  api = await running.client();
  const created = await api.post('/webhooks', { url: receiver.url + path, events });
  expect(created.status).toBe(201);
  const { id, secret } = created.body as { id: string; secret: string };
  const arrived = () => receiver.requests.filter((request) => request.path === path);
  const told = () => arrived().map(({ body }) => JSON.parse(body) as Event);
  return { id, secret, url: `/webhooks/${id}`, arrived, told };
}

/** What a receiver does that follows the reference: both signatures. */
function isGenuine({ headers, body }: ReceivedRequest, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const standard = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  const plain = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  return (
    String(headers['webhook-signature']).split(' ').includes(standard) && headers['x-nexivohr-signature'] === plain
  );
}

describe('a webhook', () => {
  it('is told of everything that happens, signed, as the API showed it, and by which request', async () => {
    const hook = await newWebhook('/everything');
    const sent = await api.send('POST', '/candidates', JANE, { 'x-request-id': 'by-this-request' });
    const candidate = `/candidates/${sent.body.id}`;
    const job = (await api.post('/jobs', { title: 'Engineer' })).body;
    const submission = (await api.post(`/jobs/${job.id}/submissions`, { candidate_id: sent.body.id })).body;
    const moved = await api.patch(`/submissions/${submission.id}`, { stage: 'placed' });
    await eventually(async () => expect((await api.get(candidate)).body.status).toBe('placed'));
    await api.patch(`/jobs/${job.id}`, { openings: 2 });
    await api.delete(`/jobs/${job.id}`);
    await api.delete(candidate);

    await eventually(() => expect(new Set(hook.told().map(({ type }) => type))).toEqual(new Set(HAPPENING)));
    for (const request of hook.arrived()) expect(isGenuine(request, hook.secret)).toBe(true);
    const find = (type: string): Event => hook.told().find((event) => event.type === type)!;
    expect(find('candidate.created')).toMatchObject({
      request_id: 'by-this-request',
      created_at: sent.body.created_at,
      resource_version: 1,
      data: { object: sent.body, previous: null },
    });
    for (const type of ['submission.stage_changed', 'submission.placed']) {
      expect(find(type).data).toEqual({
        object: moved.body,
        previous: { stage: 'screening', placed_at: null, stage_changed_at: submission.stage_changed_at },
      });
    }
    expect(find('job.closed').data).toMatchObject({ object: { status: 'closed' }, previous: { status: 'open' } });
    // The same on the other way to them, byte for byte.
    const feed = await fetch(`${running.origin}${BASE_PATH}/events?per_page=100`, {
      headers: { authorization: `Bearer ${api.token}` },
    });
    const text = await feed.text();
    for (const { body } of hook.arrived()) expect(text).toContain(body);
    expect((JSON.parse(text) as { data: unknown[] }).data).toHaveLength(hook.arrived().length);
  });

  it('is told only of what it has subscribed to, and of a test whenever somebody asks', async () => {
    const hook = await newWebhook('/some', ['job.closed']);
    const { body: job } = await api.post('/jobs', { title: 'Engineer' });
    await api.delete(`/jobs/${job.id}`);
    const tested = await api.post(`${hook.url}/test`);
    expect(tested.status).toBe(201);
    const location = new URL(tested.headers.get('location')!);
    expect(location.origin + location.pathname).toBe(
      `${running.stack.baseUrl}${hook.url}/deliveries/${tested.body.id}`,
    );
    await eventually(() =>
      expect(
        hook
          .told()
          .map(({ type }) => type)
          .toSorted(),
      ).toEqual(['job.closed', 'webhook.test']),
    );
    const log = await eventually(async () => {
      const { body } = await api.get(`${hook.url}/deliveries?status=succeeded&sort=created_at`);
      expect(body.meta.total).toBe(2);
      return body;
    });
    const types = (log.data as { event_type: string }[]).map(({ event_type }) => event_type);
    expect(types.toSorted()).toEqual(['job.closed', 'webhook.test']);
    expect(log.links.first).toContain('/deliveries?');
    const { body: detail } = await api.get(`${hook.url}/deliveries/${tested.body.id}`);
    expect(detail.attempts).toMatchObject([{ number: 1, status_code: 200, error: null }]);
  });

  it('that answers with an error is told again until it has understood, under the same id', async () => {
    let attempts = 0;
    receiver.answer = () => ({ status: ++attempts < 2 ? 500 : 204 });
    const hook = await newWebhook('/later', ['job.created']);
    await api.post('/jobs', { title: 'Engineer' });
    await eventually(() => expect(hook.arrived()).toHaveLength(2));
    const [first, second] = hook.arrived();
    expect(second!.body).toBe(first!.body);
    for (const name of ['webhook-id', 'x-nexivohr-delivery', 'x-nexivohr-event']) {
      expect(second!.headers[name]).toBe(first!.headers[name]);
    }
    await eventually(async () => {
      const { body } = await api.get(`${hook.url}/deliveries/${String(first!.headers['x-nexivohr-delivery'])}`);
      expect(body).toMatchObject({ status: 'succeeded', attempts: [{ status_code: 500 }, { status_code: 204 }] });
    });
  });

  it('that is gone is disabled; enabled again, a replay brings what it has missed', async () => {
    receiver.answer = () => ({ status: 410 });
    const hook = await newWebhook('/gone', ['job.created']);
    await api.post('/jobs', { title: 'One' });
    const disabled = await eventually(async () => {
      const { body } = await api.get(hook.url);
      expect(body).toMatchObject({ status: 'disabled', disabled_reason: 'gone' });
      return body;
    });
    const refused = await api.post(`${hook.url}/test`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'webhook_disabled' } });
    await api.post('/jobs', { title: 'Two' });
    await eventually(async () => expect((await api.get('/events?type=job.created')).body.data).toHaveLength(2));
    receiver.answer = () => ({ status: 200 });
    expect((await api.patch(hook.url, { status: 'enabled' })).body).toMatchObject({ disabled_at: null });
    await api.post('/jobs', { title: 'Three' });

    const replay = await api.post(`${hook.url}/replay`, { since: disabled.disabled_at });
    expect(replay.status).toBe(201);
    const { pathname } = new URL(replay.headers.get('location')!);
    await eventually(async () => {
      const { body } = await api.get(pathname.replace(BASE_PATH, ''));
      expect(body).toMatchObject({ status: 'completed', events_done: body.events_total });
    });
    await eventually(() => {
      const titles = hook.told().map(({ data }) => (data.object as { title: string }).title);
      expect(new Set(titles)).toEqual(new Set(['One', 'Two', 'Three']));
    });
  });

  it('keeps its secret to itself, but for the answers that show it', async () => {
    const hook = await newWebhook('/secret', ['job.created']);
    const rotated = (await api.post(`${hook.url}/rotate_secret`)).body;
    expect(rotated.secret).toMatch(/^whsec_/);
    await api.post('/jobs', { title: 'Engineer' });
    await eventually(() => expect(hook.arrived()).toHaveLength(1));
    const answers = await Promise.all([
      api.get('/webhooks'),
      api.get(hook.url),
      api.patch(hook.url, { description: 'x' }),
      api.get(`${hook.url}/deliveries`),
      api.get('/events'),
      api.delete(hook.url),
    ]);
    const seen = JSON.stringify([answers.map(({ body }) => body as unknown), hook.arrived()]);
    for (const secret of [hook.secret, rotated.secret]) expect(seen).not.toContain(secret.replace('whsec_', ''));
    expect((await api.get(hook.url)).status).toBe(404);
  });
});

describe('a bulk redelivery', () => {
  it('sends what has failed once more, as many as it has counted, and shows what was sent and how the webhook is doing', async () => {
    const hook = await newWebhook('/bulk', ['job.created']);
    receiver.answer = () => ({ status: 410 });
    const { body: job } = await api.post('/jobs', { title: 'Engineer' });
    await eventually(async () => expect((await api.get(hook.url)).body.status).toBe('disabled'));
    receiver.answer = () => ({ status: 200 });
    await api.patch(hook.url, { status: 'enabled' });
    const since = new Date(Date.now() - 60_000).toISOString();
    const counted = await api.get(`${hook.url}/redeliver_failed?since=${since}&event_type=job.created`);
    expect(counted).toMatchObject({ status: 200, body: { deliveries: 1, event_type: 'job.created' } });
    const asked = await api.post(`${hook.url}/redeliver_failed`, { since, until: counted.body.until });
    expect(asked).toMatchObject({ status: 201, body: { deliveries_total: 1 } });
    const { pathname } = new URL(asked.headers.get('location')!);
    await eventually(async () => {
      const { body } = await api.get(pathname.replace(BASE_PATH, ''));
      expect(body).toMatchObject({ status: 'completed', deliveries_done: 1 });
    });
    const [row] = await eventually(async () => {
      const { body } = await api.get(`${hook.url}/deliveries?status=succeeded`);
      expect(body.data).toHaveLength(1);
      return body.data;
    });
    expect(row.last_attempt).toMatchObject({ number: 2, status_code: 200 });
    const { body: whole } = await api.get(`${hook.url}/deliveries/${row.id}?expand=event`);
    expect(whole.event.data.object).toEqual(job);
    const { body: health } = await api.get(`${hook.url}/health`);
    expect(health).toMatchObject({ attempts: 2, successes: 1 });
    expect(health.hours).toHaveLength(24);
  });
});

describe('the feed of events', () => {
  it('leads a reader who follows links.next through all that has happened, and later through what is new', async () => {
    api = await running.client();
    const titles = ['A', 'B', 'C', 'D', 'E'];
    for (const title of titles) await api.post('/jobs', { title });
    await eventually(async () => expect((await api.get('/events')).body.data).toHaveLength(5));
    const seen: Event[] = [];
    let after: string | undefined;
    for (let url: string | null = `${running.origin}${BASE_PATH}/events?type=job.created&per_page=2`; url;) {
      const response: Response = await fetch(url, { headers: { authorization: `Bearer ${api.token}` } });
      const page = (await response.json()) as {
        data: Event[];
        meta: { per_page: number; has_more: boolean; next_after: string };
        links: { next: string | null };
      };
      expect(page.meta.per_page).toBe(2);
      expect(page.meta.has_more).toBe(page.links.next !== null);
      expect(response.headers.get('link')).toBe(page.links.next && `<${page.links.next}>; rel="next"`);
      seen.push(...page.data);
      after = page.meta.next_after;
      url = page.links.next;
    }
    expect(seen.map(({ data }) => (data.object as { title: string }).title)).toEqual(titles);
    await api.post('/jobs', { title: 'F' });
    await eventually(async () => {
      const { body } = await api.get(`/events?after=${after}`);
      expect(body.data.map(({ data }: Event) => (data.object as { title: string }).title)).toEqual(['F']);
    });
  });

  it('refuses a place that it does not know, and types that there are not, with 400', async () => {
    api = await running.client();
    const unknown = await api.get('/events?after=evt_ffffffffffff7c3c9d0b0f6f2c1f6f6e');
    expect(unknown).toMatchObject({ status: 400, body: { errors: [{ field: 'after', code: 'unknown_event' }] } });
    for (const [query, field] of [
      ['after=1', 'after'],
      ['type=job.opened', 'type'],
      ['page=1', 'page'],
      ['per_page=101', 'per_page'],
    ]) {
      const { status, body } = await api.get(`/events?${query}`);
      expect({ status, field: body.errors?.[0]?.field }).toEqual({ status: 400, field });
    }
  });
});

describe('what a token may read', () => {
  it('it reads of events, too: the feed leaves out the rest, and asking for that names the scope', async () => {
    const accountId = await running.operator.createAccount();
    api = await running.client({ accountId });
    const candidate = (await api.post('/candidates', JANE)).body;
    const job = (await api.post('/jobs', { title: 'Engineer' })).body;
    const ids = await eventually(async () => {
      const { data } = (await api.get('/events')).body as { data: Event[] };
      return Object.fromEntries(
        [candidate, job].map(({ id }) => [id, data.find((each) => each.data.object.id === id)!.id]),
      );
    });
    const reader = await running.client({ accountId, scopes: ['webhooks:read', 'webhooks:write', 'jobs:read'] });
    const { body: feed } = await reader.get('/events');
    expect(feed.data.map(({ id }: Event) => id)).toEqual([ids[job.id]]);
    expect(feed.meta.next_after).toBe((await api.get('/events')).body.meta.next_after);
    const shown = await reader.get(`/events/${ids[job.id]}`);
    expect(shown).toMatchObject({ status: 200, body: feed.data[0] });
    const refused = {
      status: 403,
      body: { code: 'insufficient_scope', detail: expect.stringContaining('candidates:read') },
    };
    expect(await reader.get(`/events/${ids[candidate.id]}`)).toMatchObject(refused);
    expect(await reader.get('/events?type=candidate.created')).toMatchObject(refused);
    const url = `${receiver.url}/scopes`;
    expect(await reader.post('/webhooks', { url, events: ['candidate.created'] })).toMatchObject(refused);
    const hook = await reader.post('/webhooks', { url, events: ['job.created'] });
    expect(hook.status).toBe(201);
    expect(await reader.patch(`/webhooks/${hook.body.id}`, { events: ['*'] })).toMatchObject(refused);
  });
});

it('loses nothing when services are killed in the middle: every event arrives, and is in the feed once', async () => {
  await redeliverAfter(running.stack.nats!.urlFor('migrate'), 'webhooks-fan-out', 2_000);
  const hook = await newWebhook('/killed', ['job.created']);
  const ids: string[] = [];
  for (const victim of ['webhooks', 'jobs', 'webhooks'] as const) {
    for (let created = 0; created < 15; created++) {
      ids.push((await api.post('/jobs', { title: `Before ${victim} is killed` })).body.id);
    }
    const service = running.stack.services[victim];
    service.kill('SIGKILL');
    await eventually(() => expect(service.pid).toBeUndefined());
    await service.start();
    await eventually(async () => expect((await api.get('/jobs')).status).toBe(200));
  }
  const idsOf = (events: readonly Event[]): string[] => events.map(({ data }) => data.object.id).toSorted();
  await eventually(() => expect([...new Set(idsOf(hook.told()))]).toEqual(ids.toSorted()), { withinMs: 60_000 });
  const { body } = await api.get('/events?per_page=100');
  expect(idsOf(body.data)).toEqual(ids.toSorted());
});
