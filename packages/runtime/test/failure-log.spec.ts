import { expect, it } from '@jest/globals';
import type { Unavailability } from '@nexivo/bus/unavailability';
import type { Logger } from 'pino';
import { FailureLog, failuresByLoop } from '../src/failure-log.js';

it('a loop that fails tells the real error at once, again each minute, and when it is of another kind; all failures are counted', () => {
  const lines: unknown[] = [];
  const log =
    (level: string) =>
    ({ err, failing_for_s }: { err?: Error; failing_for_s?: number }): unknown =>
      lines.push([level, err?.message, failing_for_s]);
  const logger = { info: log('info'), warn: log('warn'), error: log('error') } as unknown as Logger;
  let now = 0;
  const failures = new FailureLog(logger, 'loop', () => now);
  const fail = (message: string, unavailability?: Unavailability): void =>
    failures.failed(new Error(message), unavailability);
  for (; now <= 60_000; now += 30_000) fail('connection refused', 'away');
  fail('too many connections', 'busy');
  fail('permission denied');
  failures.succeeded();
  failures.succeeded();
  fail('permission denied');
  expect(lines).toEqual([
    ['warn', 'connection refused', 0],
    ['warn', 'connection refused', 60],
    ['warn', 'too many connections', 90],
    ['error', 'permission denied', 90],
    ['info', undefined, undefined],
    ['error', 'permission denied', 0],
  ]);
  expect(failuresByLoop.get('loop')).toBe(6);
});
