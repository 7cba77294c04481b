/**
 * `npm run screenshots`: a picture of every page of the dashboard and of its larger dialogs, light and dark, on a desk and on a phone,
 * for somebody to look at.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { button, choose, settled, visit } from './dashboard-page.js';
import { furnish, OUTSIDE, startDashboardWorld, TOKENS, WEBHOOKS } from './dashboard-world.js';

const directory = join(import.meta.dirname, '../reports/screenshots');
const VIEWS = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 375],
  ['dark', 375],
] as const;

/** What is opened on a page, by the name of the page. */
const DIALOGS: Record<string, (page: Page) => Promise<unknown>> = {
  'api-tokens': (page) => button(page, 'Create token').click(),
  webhooks: (page) => button(page, 'Register webhook').click(),
  webhook: (page) => button(page, 'Redeliver what failed …').click(),
  'webhook-disabled': async (page) => {
    await button(page, 'More actions').click();
    await choose(page, 'Delete …').click();
  },
  people: (page) => button(page, 'Invite somebody').click(),
};

rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
const world = await startDashboardWorld();
try {
  const newcomer = await world.open(world.owner);
  for (const [name, path] of [
    ['home', '/'],
    ['api-tokens', TOKENS],
    ['webhooks', WEBHOOKS],
    ['usage', '/account/usage'],
  ] as const) {
    await visit(newcomer, world.origin + path);
    await newcomer.screenshot({ path: join(directory, `${name}-first-time.png`) });
  }
  await newcomer.context().close();

  const pages = await furnish(world);
  const stranger = await world.open(await world.join('viewer'));
  await visit(stranger, world.origin + WEBHOOKS);
  await stranger.screenshot({ path: join(directory, 'webhooks-forbidden.png') });
  await stranger.context().close();

  for (const [colorScheme, width] of VIEWS) {
    const options = { colorScheme, viewport: { width, height: 800 } };
    const inside = await world.open(world.owner, options);
    const outside = await world.open(undefined, options);
    for (const [name, path] of Object.entries(pages)) {
      const page = OUTSIDE.includes(name) ? outside : inside;
      await visit(page, world.origin + path);
      // The reference is as long as the API.
      const fullPage = name !== 'docs';
      await page.screenshot({ path: join(directory, `${name}-${colorScheme}-${width}.png`), fullPage });
      if (!(name in DIALOGS)) continue;
      await DIALOGS[name]!(page);
      await page.getByRole('dialog').waitFor();
      await settled(page);
      await page.screenshot({
        path: join(directory, `${name}-dialog-${colorScheme}-${width}.png`),
        animations: 'disabled',
      });
    }
    await inside.context().close();
    await outside.context().close();
  }
  process.stdout.write(`Pictures of ${Object.keys(pages).length} pages are in ${directory}\n`);
} finally {
  await world.stop();
}
