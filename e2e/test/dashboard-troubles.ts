import { expect, it } from '@jest/globals';
import { BASE_PATH } from '@nexivo/contracts/route';
import type { Page } from 'playwright-core';
import { eventually } from '@nexivo/testing/poll';
import { askDatabase } from '@nexivo/testing/sql';
import { button, choose, copyAndClose, heading, row, secretOn, visit } from './dashboard-page.js';
import { type DashboardWorld, TOKENS, WEBHOOKS } from './dashboard-world.js';

/** What pages do where something does not go as it should. */
export function describeTroubles(ofWorld: () => DashboardWorld): void {
  it('a page says that the API is away, and goes on by itself when it is back', async () => {
    const world = ofWorld();
    const page = await world.open(world.owner);
    await visit(page, `${world.origin}/account/people`);
    await world.stack.services.gateway.stop();
    await page.getByLabel('Role').selectOption('owner');
    await page.getByText('The API cannot be reached.').first().waitFor();
    await world.stack.services.gateway.start();
    await page.getByText('The API cannot be reached.').first().waitFor({ state: 'detached' });
    await row(page, /Olga owner/).waitFor();
  });

  it('a sign-in that is asked to pause counts down, and goes on by itself', async () => {
    const world = ofWorld();
    const { api } = await world.join('viewer');
    const page = await world.open();
    await page.goto(`${world.origin}/sign-in`);
    await page.getByLabel('E-mail').fill(api.email);
    await page.getByLabel('Password', { exact: true }).fill(api.password);
    const stranger = { 'content-type': 'application/json' };
    for (let n = 0; n < 5; n++) {
      const body = JSON.stringify({ email: api.email, password: 'a wrong password' });
      await fetch(`${world.origin}${BASE_PATH}/sessions`, { method: 'POST', headers: stranger, body });
    }
    // The two seconds of the fifth may be over before a busy browser has clicked.
    const database = world.stack.envOf('gateway')['DATABASE_URL']!;
    const paused = await askDatabase(
      database,
      `update gateway.sign_in_failures set until = clock_timestamp() + interval '9 seconds' where count >= 5 returning until`,
    );
    expect(paused).not.toEqual([]);
    await button(page, 'Sign in').click();
    await page.getByText(/^Trying again in \d s\.$/).waitFor();
    await heading(page, 'Hello, Olga').waitFor();
  });

  it('a list that is refused for a moment counts down, and is read again by itself', async () => {
    const world = ofWorld();
    const page = await world.open(world.owner);
    await interceptOnce(page, '/users?', async () => ({
      status: 429,
      headers: { 'retry-after': '9' },
      body: { title: 'Too many requests', detail: 'Try again in 9 s.', code: 'session_quota_exceeded' },
    }));
    await page.goto(`${world.origin}/account/people`);
    const waiting = page.getByRole('button', { name: /^Trying again in \d s$/ });
    const secondsLeft = async (): Promise<number> => Number(/\d/.exec((await waiting.textContent())!)![0]);
    const first = await secondsLeft();
    await eventually(async () => expect(await secondsLeft()).toBeLessThan(first));
    await row(page, /Olga owner/).waitFor();
  });

  it.each([
    [503, 'service_unavailable'],
    [504, 'service_timeout'],
  ])('a write whose answer is lost (%i) may have been saved, is sent again, and is made once', async (status, code) => {
    const world = ofWorld();
    const page = await world.open(world.owner);
    const keys: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') keys.push(request.headers()['idempotency-key']);
    });
    await interceptOnce(page, '/tokens', async (forward) => {
      await forward();
      return { status, headers: { 'retry-after': '2' }, body: { title: 'Away', detail: 'No answer in time.', code } };
    });
    await visit(page, world.origin + TOKENS);
    await button(page, 'Create token').first().click();
    await page.getByLabel('Name').fill(`Once ${status}`);
    await page.getByLabel('jobs:read').check();
    await button(page, 'Create token').last().click();
    await page.getByText('It may have been saved all the same. Trying again', { exact: false }).waitFor();
    expect(await secretOn(page)).toMatch(/^nxv_live_/);
    await copyAndClose(page);
    expect(keys).toEqual([expect.any(String), keys[0]]);
    expect(await row(page, new RegExp(`Once ${status}`)).count()).toBe(1);
  });

  it('a change can be undone, and a dialog that is closed sends nothing any more', async () => {
    const world = ofWorld();
    const page = await world.open(world.owner);
    await visit(page, `${world.origin}/account/settings`);
    await page.getByLabel('Name of the account').fill('Acme');
    await button(page, 'Save').click();
    await page.getByText('The account is called “Acme” now.').waitFor();
    await button(page, 'Undo').click();
    await page.getByText('Undone.').waitFor();
    expect((await world.owner.api.get('/account')).body.name).toBe('Test');

    const asked: string[] = [];
    await page.route(`**${BASE_PATH}/invitations`, async (route) => {
      asked.push(route.request().method());
      const body = {
        title: 'Too many requests',
        status: 429,
        code: 'session_quota_exceeded',
        detail: '',
        request_id: '1',
      };
      await route.fulfill({ status: 429, headers: { 'retry-after': '20' }, json: body });
    });
    await page.clock.install();
    await page.getByRole('link', { name: 'People', exact: true }).click();
    await button(page, 'Invite somebody').click();
    await page.getByLabel('E-mail', { exact: true }).fill('nobody@example.com');
    await button(page, 'Make the link').click();
    await page.getByText(/^Trying again in \d+ s\.$/).waitFor();
    await button(page, 'Cancel').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.clock.fastForward(30_000);
    await page.getByRole('link', { name: 'Usage' }).click();
    await heading(page, 'Usage').waitFor();
    expect(asked.filter((method) => method === 'POST')).toHaveLength(1);
  });

  it('what somebody else has changed meanwhile is left as he has left it, by a change and by its undoing', async () => {
    const world = ofWorld();
    const { api } = world.owner;
    const page = await world.open(world.owner);
    const save = async (label: string, value: string): Promise<void> => {
      await page.getByRole('dialog').getByLabel(label).fill(value);
      await button(page, 'Save').click();
      await page.getByText('has been changed.', { exact: false }).waitFor();
    };
    const undo = async (): Promise<void> => {
      await button(page, 'Undo').click();
      await page.getByText('Undone.').waitFor();
    };

    const token = (await api.post('/tokens', { name: 'Shared', scopes: ['jobs:read'] })).body;
    await visit(page, world.origin + TOKENS);
    await button(page, 'Actions for Shared').click();
    await choose(page, 'Change …').click();
    const scopes = ['candidates:read', 'jobs:read'];
    await api.patch(`/tokens/${token.id}`, { scopes });
    await save('Name', 'Renamed');
    expect((await api.get(`/tokens/${token.id}`)).body).toMatchObject({ name: 'Renamed', scopes });
    await undo();
    expect((await api.get(`/tokens/${token.id}`)).body).toMatchObject({ name: 'Shared', scopes });

    const url = `${world.receiver.url}/shared`;
    const webhook = (await api.post('/webhooks', { url, events: ['job.created'], status: 'disabled' })).body;
    await visit(page, `${world.origin}${WEBHOOKS}/${webhook.id}`);
    await button(page, 'More actions').click();
    await choose(page, 'Change …').click();
    await api.patch(`/webhooks/${webhook.id}`, { description: 'Of payroll' });
    await save('URL', `${url}/2`);
    expect((await api.get(`/webhooks/${webhook.id}`)).body).toMatchObject({
      url: `${url}/2`,
      description: 'Of payroll',
    });
    await undo();
    expect((await api.get(`/webhooks/${webhook.id}`)).body).toMatchObject({ url, description: 'Of payroll' });
  });

  it('where the browser has no clipboard, on plain http under another name, Copy selects the text and says so', async () => {
    const world = ofWorld();
    const page = await world.open(world.owner, {}, `http://ats.test:${new URL(world.origin).port}`);
    await visit(page, `http://ats.test:${new URL(world.origin).port}${TOKENS}`);
    expect(await page.evaluate('isSecureContext')).toBe(false);
    await button(page, 'Create token').first().click();
    await page.getByLabel('Name').fill('By hand');
    await page.getByLabel('jobs:read').check();
    await button(page, 'Create token').last().click();
    const secret = await secretOn(page);
    await button(page, 'Copy').click();
    await button(page, 'Selected: press Ctrl+C to copy').waitFor();
    expect(await page.evaluate('getSelection().toString()')).toBe(secret);
    await button(page, 'Done').click();
    await page.getByRole('button', { name: 'Actions for By hand' }).click();
    await choose(page, 'Revoke …').click();
    await button(page, 'Revoke').click();
  });
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: { title: string; detail: string; code: string };
}

/** Answers one request to the API in the gateway's place, as a proxy or a busy moment would. */
function interceptOnce(
  page: Page,
  path: string,
  answer: (forward: () => Promise<unknown>) => Promise<Answer>,
): Promise<unknown> {
  let isDone = false;
  return page.route(
    ({ pathname, search }) => `${pathname}${search}`.startsWith(`${BASE_PATH}${path}`),
    async (route) => {
      const isIt = !isDone && (route.request().method() === 'POST' || path.endsWith('?'));
      if (!isIt) return route.continue();
      isDone = true;
      const { status, headers, body } = await answer(() => route.fetch());
      return route.fulfill({ status, headers, json: { ...body, status, request_id: 'of-a-proxy' } });
    },
  );
}
