import { expect, it } from '@jest/globals';
import type { Logger } from 'pino';
import { FailureLog, failuresByLoop } from '../src/failure-log.js';

it('a loop that fails tells the real error at once, again each minute, and when it is another; all failures are counted', () => {
  const lines: unknown[] = [];
  const log =
    (level: string) =>
    ({ err, failing_for_s }: { err?: Error; failing_for_s?: number }): unknown =>
      lines.push([level, err?.message, failing_for_s]);
  const logger = { info: log('info'), warn: log('warn'), error: log('error') } as unknown as Logger;
  let now = 0;
  const failures = new FailureLog(logger, 'loop', () => now);
  const fail = (message: string, isAway: boolean): void => failures.failed(new Error(message), { isAway });
  for (; now <= 60_000; now += 30_000) fail('away', true);
  fail('permission denied', false);
  failures.succeeded();
  failures.succeeded();
  fail('permission denied', false);
  expect(lines).toEqual([
    ['warn', 'away', 0],
    ['warn', 'away', 60],
    ['error', 'permission denied', 90],
    ['info', undefined, undefined],
    ['error', 'permission denied', 0],
  ]);
  expect(failuresByLoop.get('loop')).toBe(5);
});
