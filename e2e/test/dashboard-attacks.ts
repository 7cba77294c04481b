import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BASE_PATH } from '@nexivo/contracts/route';
import { SESSION_HEADER } from '@nexivo/contracts/sessions';
import { eventually } from '@nexivo/testing/poll';
import type { DashboardWorld } from './dashboard-world.js';

/** Pages of others that a person who is signed in opens in the same browser. */
export function describeAttacks(ofWorld: () => DashboardWorld): void {
  const evil = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<h1>Win!</h1>'),
  );
  let port: number;
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      evil.listen(0, '127.0.0.1', resolve);
    });
    ({ port } = evil.address() as AddressInfo);
  });
  afterAll(() => {
    evil.close();
    evil.closeAllConnections();
  });

  // SameSite lets the cookie through from the first two. On plain http under such a name the browser sends no Sec-Fetch-Site.
  it.each([
    ['another port of localhost', 'localhost', 'localhost'],
    ['a sub-domain over plain http', 'ats.test', 'evil.ats.test'],
    ['another site, by forms', 'ats.test', 'evil.test'],
  ])('a page from %s changes nothing and signs nobody in or out', async (_who, ownHost, evilHost) => {
    const world = ofWorld();
    const [member, attacker] = [await world.join('admin'), await world.join('viewer')];
    const own = `http://${ownHost}:${new URL(world.origin).port}`;
    const page = await world.open(member, {}, own);
    const cookies = () => page.context().cookies(own);
    const before = await cookies();
    expect(before.map(({ name }) => name)).toContain('nexivo');
    const answered: string[] = [];
    page.on('response', (response) => {
      if (response.url().startsWith(own)) answered.push(`${response.request().method()} ${response.status()}`);
    });
    const blocked: string[] = [];
    page.on('requestfailed', (request) => blocked.push(request.method()));

    await page.goto(`http://${evilHost}:${port}/`);
    await page.evaluate(attack, { api: own + BASE_PATH, header: SESSION_HEADER, ...attacker.api });
    // Those that need no leave of ours do get there, and are refused.
    await eventually(() =>
      expect(answered.filter((each) => /^(GET|POST) 4\d\d$/.test(each)).length).toBeGreaterThan(3),
    );
    expect(answered.filter((each) => !/ 4\d\d$/.test(each) && !each.startsWith('OPTIONS'))).toEqual([]);
    expect(blocked.length).toBeGreaterThan(0);

    expect(await cookies()).toEqual(before);
    expect((await member.api.get('/me')).body).toMatchObject({ user: { name: 'Olga admin' }, role: 'admin' });
    expect((await member.api.get(`/tokens?user_id=${member.id}`)).body.data).toEqual([]);
    expect((await member.api.get('/sessions')).body.meta.total).toBe(1);
  });
}

/** Runs in the page of an attacker, who knows the API and has an account of his own. */
async function attack(given: { api: string; header: string; email: string; password: string }): Promise<void> {
  const { api, header, email, password } = given;
  const write = { headers: { 'content-type': 'application/json', [header]: '1' }, credentials: 'include' } as const;
  const token = JSON.stringify({ name: 'Mine', scopes: ['jobs:read'] });
  const own = JSON.stringify({ email, password });
  const tries: [string, RequestInit][] = [
    ['/sessions', { method: 'DELETE', ...write }],
    ['/sessions/current', { method: 'DELETE', ...write }],
    ['/me', { method: 'PATCH', body: '{"name":"Eve"}', ...write }],
    ['/tokens', { method: 'POST', body: token, ...write }],
    // Simple requests: the browser asks nobody before it sends them.
    ['/tokens', { method: 'POST', body: token, mode: 'no-cors', credentials: 'include' }],
    ['/sessions', { method: 'POST', body: own, mode: 'no-cors', credentials: 'include' }],
    ['/me', { mode: 'no-cors', credentials: 'include' }],
  ];
  await Promise.allSettled(tries.map(([path, init]) => fetch(api + path, init)));
  const page = globalThis as unknown as { document: any }; // oxlint-disable-line typescript/no-explicit-any -- a browser's
  for (const path of ['/sessions', '/tokens']) {
    const frame = page.document.createElement('iframe');
    frame.name = path;
    const form = page.document.createElement('form');
    Object.assign(form, { action: api + path, method: 'post', enctype: 'text/plain', target: path });
    const input = page.document.createElement('input');
    // As JSON: `{"email":…,"password":…,"x":"="}`.
    Object.assign(input, { name: `${own.slice(0, -1)},"x":"`, value: '"}' });
    form.append(input);
    page.document.body.append(frame, form);
    form.submit();
  }
}
