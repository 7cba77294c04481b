import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '@nexivo/testing/api';
import { eventually } from '@nexivo/testing/poll';
import { measureAtSize } from './dashboard-at-size.js';
import { describeAttacks } from './dashboard-attacks.js';
import {
  button,
  choose,
  copyAndClose,
  heading,
  expectForgotten,
  row,
  secretOn,
  violationsOn,
  visit,
} from './dashboard-page.js';
import { describePeople } from './dashboard-people.js';
import { describeServing } from './dashboard-serving.js';
import { describeTroubles } from './dashboard-troubles.js';
import { describeWebhooks } from './dashboard-webhooks.js';
import { type DashboardWorld, furnish, OUTSIDE, startDashboardWorld, TOKENS } from './dashboard-world.js';

let world: DashboardWorld;
beforeAll(async () => {
  world = await startDashboardWorld();
});
afterAll(() => world.stop());
afterEach(async () => {
  world.complaints.length = 0;
  // Pages that stay open go on asking.
  await Promise.all(world.browser.contexts().map((context) => context.close()));
});
const ofWorld = (): DashboardWorld => world;

it('the way of the published page leads from sign-in to a token that works, is rotated, and works no more once it is revoked', async () => {
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
  const secret = await secretOn(page);
  expect(secret).toMatch(/^nxv_live_/);
  await page.keyboard.press('Escape');
  await page.mouse.click(5, 5);
  expect(await dialog.locator('code.secret').isVisible()).toBe(true);
  await copyAndClose(page);
  await expectForgotten(page, secret);
  await page.getByRole('link', { name: 'Usage' }).click();
  await heading(page, 'Usage').waitFor();
  await page.goBack();
  await heading(page, 'API tokens').waitFor();
  await expectForgotten(page, secret);

  const program = new Api(world.origin, secret);
  expect(await program.get('/jobs')).toMatchObject({ status: 200 });
  expect(await program.get('/candidates')).toMatchObject({ status: 403 });

  await button(page, 'Actions for Career site').click();
  expect(await violationsOn(page)).toEqual([]);
  await choose(page, 'Rotate …').click();
  await page.getByLabel('The old token stays valid').selectOption('0');
  await button(page, 'Rotate').click();
  const next = new Api(world.origin, await secretOn(page));
  await copyAndClose(page);
  await expectForgotten(page, next.token!);
  expect(await next.get('/jobs')).toMatchObject({ status: 200 });
  await eventually(async () => expect((await program.get('/jobs')).status).toBe(401), { withinMs: 2_000 });

  await row(page, /Career site.*active/)
    .getByRole('button')
    .click();
  await choose(page, 'Revoke …').click();
  await button(page, 'Revoke').click();
  await row(page, /Career site.*active/).waitFor({ state: 'detached' });
  await eventually(async () => expect((await next.get('/jobs')).status).toBe(401), { withinMs: 2_000 });
  expect(world.complaints.filter((complaint) => complaint.includes('Content Security Policy'))).toEqual([]);
});

it('a second tab goes to the sign-in page once the first has signed out', async () => {
  const page = await world.open(await world.join('developer'));
  await visit(page, `${world.origin}/`);
  const second = await page.context().newPage();
  await visit(second, `${world.origin}${TOKENS}`);
  await page.getByRole('button', { name: /developer$/ }).click();
  await choose(page, 'Sign out').click();
  await heading(page, 'Sign in').waitFor();
  await heading(second, 'Sign in').waitFor();
});

it('every page of an account with several pages of everything has its data, whatever it is narrowed to', async () => {
  const size = { tokens: 60, webhooks: 30, deliveries: 4_000, days: 20 };
  expect(Object.keys(await measureAtSize(world, size, 1)).length).toBeGreaterThan(40);
  expect(world.complaints).toEqual([]);
});

describe('webhooks', () => describeWebhooks(ofWorld));
describe('people', () => describePeople(ofWorld));
describe('other pages in the same browser', () => describeAttacks(ofWorld));
describe('trouble', () => describeTroubles(ofWorld));
describe('how pages are served', () => describeServing(ofWorld));

describe('every page', () => {
  let pages: Record<string, string>;
  beforeAll(async () => {
    pages = await furnish(world);
  });

  it.each([
    ['light', 1280],
    ['dark', 375],
  ] as const)(
    'is accessible (%s, %i px), fits a phone as well as a wide desk, runs nothing that somebody wrote, and complains of nothing',
    async (colorScheme, width) => {
      const options = { colorScheme, viewport: { width, height: 800 } };
      const [inside, outside] = [await world.open(world.owner, options), await world.open(undefined, options)];
      const seen: Record<string, unknown> = {};
      for (const [name, path] of Object.entries(pages)) {
        const page = OUTSIDE.includes(name) ? outside : inside;
        await visit(page, world.origin + path);
        // The reference is made by others; its colours are ours.
        const violations = name === 'docs' ? [] : await violationsOn(page);
        const injected = await page.locator('img[src=x]').count();
        const overflow: Record<number, number> = {};
        for (const each of WIDTHS) {
          await page.setViewportSize({ width: each, height: 800 });
          overflow[each] = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        }
        await page.setViewportSize(options.viewport);
        seen[name] = { violations, injected, overflow };
      }
      const fine = { violations: [], injected: 0, overflow: Object.fromEntries(WIDTHS.map((each) => [each, 0])) };
      expect(seen).toEqual(Object.fromEntries(Object.keys(pages).map((name) => [name, fine])));
      expect(world.complaints).toEqual([]);
    },
  );
});

const WIDTHS = [375, 1280, 1920];
