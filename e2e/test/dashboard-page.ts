import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@jest/globals';
import { eventually } from '@nexivo/testing/poll';
import type { Locator, Page } from 'playwright-core';

/** The title of the page, once it shows it. */
export const heading = (page: Page, name: string): Locator => page.getByRole('heading', { name, level: 1 });
export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
/** An entry of the menu that is open. */
export const choose = (page: Page, name: string): Locator => page.getByRole('menuitem', { name, exact: true });
export const row = (page: Page, name: string | RegExp): Locator => page.getByRole('row', { name });
/** What the open dialog shows once. */
export const secretOn = async (page: Page): Promise<string> =>
  (await page.getByRole('dialog').locator('code.secret').textContent())!;

/** Closes the dialog with the secret, which has been copied. */
export async function copyAndClose(page: Page): Promise<void> {
  await button(page, 'Copy').click();
  await button(page, 'Done').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** What axe has against a page as it is, by rule and first element. */
export async function violationsOn(page: Page): Promise<unknown[]> {
  // What is fading in has colours of its own.
  await page.evaluate(FADED_IN);
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze();
  return violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
}

/** In a page: waits until no animation that has an end has run for some frames; one begins a frame or two after what it belongs to. */
const FADED_IN = `new Promise((resolve) => {
  let frames = 0;
  const look = () => {
    const isFading = document.getAnimations().some(
      ({ effect, playState }) => playState === 'running' && effect.getComputedTiming().endTime < Infinity,
    );
    frames = isFading ? 0 : frames + 1;
    if (frames > 6) resolve();
    else requestAnimationFrame(look);
  };
  look();
})`;

/** In a page: what it remembers of the API, as its parts are handed it. */
const CLIENT = `(() => {
  const root = document.querySelector('#root');
  const clientIn = (part) =>
    part && (part.memoizedProps?.client?.getQueryCache ? part.memoizedProps.client : clientIn(part.child) ?? clientIn(part.sibling));
  return root && clientIn(root[Object.keys(root).find((key) => key.startsWith('__reactContainer'))].stateNode.current);
})()`;

/** In a page: waits until it has shown for some frames all that it has to show. */
const SETTLED = `new Promise((resolve) => {
  let frames = 0;
  const timer = setInterval(() => {
    const isBusy = document.querySelector('[aria-label=Loading]') || ${CLIENT}?.isFetching() > 0;
    frames = isBusy ? 0 : frames + 1;
    if (frames > 5) resolve(clearInterval(timer));
  }, 16);
})`;

/** Opens a page and waits until it shows what it has to show. */
export async function visit(page: Page, url: string): Promise<void> {
  // Where only what is behind the `#` differs, it would be the same page.
  if (url.includes('#')) await page.goto('about:blank');
  await page.goto(url);
  await page.locator('h1').first().waitFor();
  await settled(page);
}

/** Waits until a page shows what it has to show. */
export const settled = (page: Page): Promise<void> => page.evaluate<void>(SETTLED);

/** Everything of a page that could keep a secret: what it shows, what browsers store, and what the page remembers of the API. */
export const remains = (page: Page): Promise<string> =>
  page.evaluate<string>(`(() => {
    const client = ${CLIENT};
    const answers = [...client.getQueryCache().getAll(), ...client.getMutationCache().getAll()];
    return [
      answers.length + ' answers',
      ...answers.map(({ state }) => JSON.stringify(state)),
      document.documentElement.outerHTML,
      ...[...document.querySelectorAll('input')].map(({ value }) => value),
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      JSON.stringify(history.state),
      location.href,
      document.cookie,
    ].join();
  })()`);

/** Nothing of a page keeps a secret, a moment after it was closed: what a dialog was answered is dropped behind its end. */
export const expectForgotten = (page: Page, secret: string): Promise<void> =>
  eventually(async () => expect(await remains(page)).not.toContain(secret), { withinMs: 1_000 });
