import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { RequestTurns } from '../src/http/request-turns.js';

/** Longer than requests are begun in one turn of the event loop. */
const LONG_MS = 6;

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('begins a request at once where there are few', async () => {
  const turns = new RequestTurns();
  const begun: string[] = [];
  turns.add('one', () => begun.push('one'));
  expect(begun).toEqual(['one']);
  await turn();
  await turn();
  turns.add('other', () => begun.push('other'));
  expect(begun).toEqual(['one', 'other']);
});

it('begins those of each sender in turn where many come at a time, and lets the event loop go on between them', async () => {
  const turns = new RequestTurns();
  const begun: string[] = [];
  const send = (sender: string, n: number): void =>
    turns.add(sender, () => {
      begun.push(`${sender} ${n}`);
      work(LONG_MS);
    });
  for (let n = 1; n <= 5; n++) send('heavy', n);
  for (let n = 1; n <= 2; n++) send('light', n);
  send('third', 1);
  for (let done = 1; done <= 8; done++) {
    expect(begun).toHaveLength(done);
    await turn();
  }
  expect(begun).toEqual(['heavy 1', 'heavy 2', 'light 1', 'third 1', 'heavy 3', 'light 2', 'heavy 4', 'heavy 5']);
});

it('counts what a request leaves to promises, and begins at once again when nothing waits', async () => {
  const turns = new RequestTurns();
  const begun: number[] = [];
  for (let n = 1; n <= 4; n++) {
    turns.add('heavy', () => {
      begun.push(n);
      if (n === 1) work(LONG_MS);
      else void Promise.resolve().then(() => work(LONG_MS));
    });
  }
  for (let done = 1; done <= 4; done++) {
    expect(begun).toHaveLength(done);
    await turn();
  }
  await turn();
  turns.add('light', () => begun.push(5));
  expect(begun).toEqual([1, 2, 3, 4, 5]);
});
