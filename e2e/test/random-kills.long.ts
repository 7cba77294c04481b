import { expect, it, jest } from '@jest/globals';
import { scaled } from '@nexivo/testing/time';
import { proveRandomKills } from './random-kills.js';

jest.setTimeout(scaled(900_000));

it('five minutes of random kills under 100 writes a second', async () => {
  const measured = await proveRandomKills(100, 300_000, [500, 5_000]);
  process.stdout.write(`${JSON.stringify(measured)} with random kills\n`);
  expect(Math.min(...Object.values(measured.kills))).toBeGreaterThan(0);
});

it('each service and server is killed in turn', async () => {
  const { kills } = await proveRandomKills(50, 0, [200, 1_000]);
  expect(Object.values(kills)).toEqual([1, 1, 1, 1, 1, 1, 1]);
});
