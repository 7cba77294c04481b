import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import type { Page } from 'playwright-core';
import { type DashboardWorld, furnish, startDashboardWorld, TOKENS, visit, WEBHOOKS } from './dashboard-world.js';

let world: DashboardWorld;
beforeAll(async () => {
  world = await startDashboardWorld();
});
afterAll(() => world.stop());
afterEach(() => {
  world.complaints.length = 0;
});

const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const choose = (page: Page, name: string) => page.getByRole('menuitem', { name, exact: true });

/** What axe has against a page as it is, by rule and first element. */
async function violationsOn(page: Page): Promise<unknown[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
}

/** Everything of a page that could keep a secret. */
const remains = (page: Page): Promise<string> =>
  page.evaluate<string>(`[
    document.documentElement.outerHTML,
    ...[...document.querySelectorAll('input')].map(({ value }) => value),
    JSON.stringify({ ...localStorage }),
    JSON.stringify({ ...sessionStorage }),
    JSON.stringify(history.state),
    location.href,
    document.cookie,
  ].join()`);

describe('the way of the published page', () => {
  it('leads from sign-in to a token that works, is shown once, and works no more once it is revoked', async () => {
    const page = await world.open();
    await page.goto(`${world.origin}${TOKENS}`);
    await heading(page, 'Sign in').waitFor();
    await page.getByLabel('E-mail').fill(world.owner.api.email);
    await page.getByLabel('Password', { exact: true }).fill(world.owner.api.password);
    await button(page, 'Sign in').click();
    await heading(page, 'API tokens').waitFor();

    await button(page, 'Create token').first().click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('checkbox', { checked: true }).count()).toBe(0);
    await button(page, 'Create token').last().click();
    expect(await violationsOn(page)).toEqual([]);
    // Said by the API, of the name and of the scopes.
    await dialog
      .getByText(/^Must /)
      .nth(1)
      .waitFor();
    await dialog.getByLabel('Name').fill('Career site');
    await dialog.getByLabel('jobs:read').check();
    await button(page, 'Create token').last().click();
    const secret = (await dialog.locator('code.secret').textContent())!;
    expect(secret).toMatch(/^nxv_live_/);
    await page.keyboard.press('Escape');
    await page.mouse.click(5, 5);
    expect(await dialog.locator('code.secret').isVisible()).toBe(true);
    await button(page, 'Copy').click();
    await button(page, 'Done').click();
    await dialog.waitFor({ state: 'detached' });
    expect(await remains(page)).not.toContain(secret);

    const program = new Api(world.origin, secret);
    expect(await program.get('/jobs')).toMatchObject({ status: 200 });
    expect(await program.get('/candidates')).toMatchObject({ status: 403 });

    await button(page, 'Actions for Career site').click();
    expect(await violationsOn(page)).toEqual([]);
    await choose(page, 'Revoke …').click();
    await button(page, 'Revoke').click();
    await page
      .getByRole('row', { name: /Career site/ })
      .getByText('revoked')
      .waitFor();
    await eventually(async () => expect((await program.get('/jobs')).status).toBe(401), { withinMs: 2_000 });
    expect(world.complaints.filter((complaint) => complaint.includes('Content Security Policy'))).toEqual([]);
    await page.context().close();
  });

  it('leads from a webhook to a test delivery, whose page shows what was sent and what was answered', async () => {
    const page = await world.open(world.owner);
    await page.goto(`${world.origin}${WEBHOOKS}`);
    await button(page, 'Register webhook').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('URL').fill('nonsense');
    await button(page, 'Register').click();
    await dialog.getByText('Must be an https URL', { exact: false }).waitFor();
    await dialog.getByLabel('URL').fill(`${world.receiver.url}/hooks`);
    await dialog.getByLabel('candidate.created').check();
    await button(page, 'Register').click();
    const secret = (await dialog.locator('code.secret').textContent())!;
    expect(secret).toMatch(/^whsec_/);
    await button(page, 'Copy').click();
    await button(page, 'Done').click();
    await heading(page, `${world.receiver.url}/hooks`).waitFor();
    expect(await remains(page)).not.toContain(secret);

    await button(page, 'Send a test').click();
    await heading(page, 'webhook.test').waitFor();
    await page.getByText('Answered 200').waitFor();
    await page.getByLabel('What was sent').getByText('"webhook.test"').waitFor();
    const received = world.receiver.requests.find(({ path }) => path === '/hooks')!;
    expect(await page.getByLabel('What was sent').last().textContent()).toContain(JSON.parse(received.body).id);
    await page.context().close();
  });
});

describe('what somebody may not do', () => {
  it('has no button, and its page says which scope is missing and who can give it', async () => {
    const page = await world.open(await world.join('viewer'));
    await visit(page, `${world.origin}/`);
    expect(await page.getByRole('link', { name: 'Webhooks' }).count()).toBe(0);
    await page.goto(`${world.origin}${WEBHOOKS}`);
    await page.getByText('webhooks:read', { exact: false }).waitFor();
    await page.getByText(world.owner.api.email, { exact: false }).waitFor();
    expect(await button(page, 'Register webhook').count()).toBe(0);
    await page.context().close();
  });

  it('sends a second tab to the sign-in page once the first has signed out', async () => {
    const page = await world.open(await world.join('developer'));
    await visit(page, `${world.origin}/`);
    const second = await page.context().newPage();
    await visit(second, `${world.origin}${TOKENS}`);
    await page.getByRole('button', { name: /developer$/ }).click();
    await choose(page, 'Sign out').click();
    await heading(page, 'Sign in').waitFor();
    await heading(second, 'Sign in').waitFor();
    await page.context().close();
  });
});

it('a page says that the API is away, and goes on by itself when it is back', async () => {
  const page = await world.open(world.owner);
  await visit(page, `${world.origin}/account/people`);
  await world.stack.services.gateway.stop();
  await page.getByLabel('Role').selectOption('viewer');
  await page.getByText('The API cannot be reached.').first().waitFor();
  await world.stack.services.gateway.start();
  await page.getByText('The API cannot be reached.').first().waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /Olga viewer/ }).waitFor();
  await page.context().close();
});

describe('how pages are served', () => {
  it('each with a nonce of its own, for nobody else to read, and never kept', async () => {
    const [first, second] = await Promise.all([fetch(`${world.origin}/`), fetch(`${world.origin}/account/usage`)]);
    const policies = [first, second].map(({ headers }) => headers.get('content-security-policy'));
    expect(policies[0]).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[^']{24}'; /);
    expect(policies[0]).not.toBe(policies[1]);
    for (const { headers } of [first, second]) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(await first.text()).toContain(/'(nonce-[^']+)'/.exec(policies[0]!)![1]!.slice('nonce-'.length));
  });

  it('assets for good and compressed; what is none of them is nothing', async () => {
    const html = await (await fetch(`${world.origin}/`)).text();
    const [script] = /\/assets\/[^"]+\.js/.exec(html)!;
    const { headers } = await fetch(world.origin + script, { headers: { 'accept-encoding': 'br' } });
    expect(headers.get('cache-control')).toContain('immutable');
    expect(headers.get('content-encoding')).toBe('br');
    for (const path of [
      '/assets/none.js',
      '/assets/',
      '/assets/%2e%2e/package.json',
      '/assets/..%2f..%2fpackage.json',
      '/accounts',
    ]) {
      const answer = await fetch(world.origin + path);
      expect({ path, ...((await answer.json()) as object) }).toMatchObject({ path, status: 404 });
    }
  });

  it('the sign-in page, seen for the first time, takes at most 250 kB and 15 requests', async () => {
    const page = await world.open();
    const session = await page.context().newCDPSession(page);
    let bytes = 0;
    let requests = 0;
    await session.send('Network.enable');
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
      requests += 1;
    });
    await page.goto(`${world.origin}/sign-in`, { waitUntil: 'networkidle' });
    expect(requests).toBeGreaterThan(2);
    expect(requests).toBeLessThanOrEqual(15);
    expect(bytes).toBeLessThanOrEqual(250_000);
    await page.context().close();
  });
});

describe('every page', () => {
  let pages: Record<string, string>;
  beforeAll(async () => {
    pages = await furnish(world);
  });

  it.each([
    ['light', 1280],
    ['light', 375],
    ['dark', 1280],
    ['dark', 375],
  ] as const)('%s at %i px is accessible, fits, and complains of nothing', async (colorScheme, width) => {
    const page = await world.open(world.owner, { colorScheme, viewport: { width, height: 800 } });
    const seen: Record<string, unknown> = {};
    for (const [name, path] of Object.entries(pages)) {
      await visit(page, world.origin + path);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      seen[name] = { violations: await violationsOn(page), overflow };
    }
    const fine = Object.fromEntries(Object.keys(pages).map((name) => [name, { violations: [], overflow: 0 }]));
    expect(seen).toEqual(fine);
    expect(world.complaints).toEqual([]);
    await page.context().close();
  });
});
