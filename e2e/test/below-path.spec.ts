import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { joinAs, type Member } from '@nexivo/testing/person';
import type { Browser } from 'playwright-core';
import { openBrowser } from './browser.js';
import { type Replica, startReplica } from './replica.js';
import { type RunningStack, runStack } from './running-stack.js';

const PATH = '/hr';

let running: RunningStack;
let gateway: Replica;
let browser: Browser;
let owner: Member;
let proxy: Server;
let publicUrl: string;
/** What the browser asked of the host beside our path. */
const astray: string[] = [];

beforeAll(async () => {
  running = await runStack();
  // Takes the path off, as docs/operate-proxy.md has it.
  proxy = createServer((asked, answer) => {
    const { url = '', method, headers } = asked;
    if (url !== PATH && !url.startsWith(`${PATH}/`)) {
      astray.push(url);
      answer.writeHead(404).end();
      return;
    }
    const target = new URL(url.slice(PATH.length) || '/', gateway.origin);
    const forwarded = request(target, { method, headers: { ...headers, host: target.host } }, (response) => {
      answer.writeHead(response.statusCode!, response.rawHeaders);
      response.pipe(answer);
    });
    asked.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  publicUrl = `http://localhost:${(proxy.address() as AddressInfo).port}${PATH}`;
  gateway = await startReplica(running.stack, 'gateway', { PUBLIC_URL: publicUrl });
  owner = await joinAs(running.origin, running.operator, await running.operator.createAccount(), 'owner');
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.process.stop();
  proxy?.closeAllConnections();
  proxy?.close();
  await running?.stop();
});

it('below a path of a host, dashboard and reference keep to that path: assets, links, cookie, redirects', async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    // That nobody is signed in yet is an answer, which the browser notes.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });

  await page.goto(`${publicUrl}/account/audit`);
  await page.waitForURL(`${publicUrl}/sign-in?to=*`);
  await page.getByLabel('E-mail').fill(owner.api.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(owner.api.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${publicUrl}/account/audit`);
  const [cookie] = (await page.context().cookies(`${publicUrl}/`)).filter(({ name }) => name === 'nexivo');
  expect(cookie).toMatchObject({ path: `${PATH}/`, httpOnly: true });
  for (const link of await page.locator('a[href^="/"]').all()) {
    expect(await link.getAttribute('href')).toMatch(/^\/hr(\/|$)/);
  }
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.goto(`${publicUrl}/`);
  await page.getByText(`${publicUrl}/ats/api/v1`).first().waitFor();

  await page.goto(`${publicUrl}/docs`);
  await page.getByText('Candidates', { exact: true }).first().click();
  await page.getByText('List candidates').first().waitFor();
  expect(astray.filter((url) => url !== '/favicon.ico')).toEqual([]);
  expect(complaints).toEqual([]);
});
