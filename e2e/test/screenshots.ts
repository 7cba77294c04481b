/**
 * `npm run screenshots`: a picture of every page of the dashboard, light and dark, on a desk and on a phone, for somebody to look at.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { furnish, OUTSIDE, startDashboardWorld } from './dashboard-world.js';
import { visit } from './dashboard-page.js';

const directory = join(import.meta.dirname, '../reports/screenshots');
const VIEWS = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 375],
  ['dark', 375],
] as const;

rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
const world = await startDashboardWorld();
try {
  const newcomer = await world.open(world.owner);
  await visit(newcomer, `${world.origin}/`);
  await newcomer.screenshot({ path: join(directory, 'home-first-time.png') });
  await newcomer.context().close();

  const pages = await furnish(world);
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
    }
    await inside.context().close();
    await outside.context().close();
  }
  process.stdout.write(`Pictures of ${Object.keys(pages).length} pages are in ${directory}\n`);
} finally {
  await world.stop();
}
