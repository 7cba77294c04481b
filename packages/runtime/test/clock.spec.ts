import { describe, expect, it } from '@jest/globals';
import { Clock } from '../src/clock.js';
import { Metrics } from '../src/metrics.js';
import { Readiness } from '../src/readiness.js';

/** A process, and the clocks around it. */
function clocks() {
  const at = {
    monotonic: 1_000,
    ofDay: 1_800_000_000_000,
    ofDatabase: 1_800_000_000_000,
    answersAfterMs: 4,
    /** For how long the process does not run before it next reads the time of day. */
    stoppedForMs: 0,
  };
  const pass = (ms: number): void => {
    at.monotonic += ms;
    at.ofDay += ms;
    at.ofDatabase += ms;
  };
  const lines: string[] = [];
  const log = (_fields: unknown, line: string): void => void lines.push(line);
  const store = {
    time: () => {
      pass(at.answersAfterMs / 2);
      const time = new Date(at.ofDatabase);
      pass(at.answersAfterMs / 2);
      return Promise.resolve(time);
    },
    unavailability: () => undefined,
  };
  const readiness = new Readiness();
  const metrics = new Metrics();
  const ofDay = (): number => {
    pass(at.stoppedForMs);
    at.stoppedForMs = 0;
    return at.ofDay;
  };
  const own = { ofDay, monotonic: () => at.monotonic };
  const clock = new Clock(store, readiness, { error: log, warn: log, info: log } as never, metrics, own);
  const look = async (): Promise<void> => {
    pass(5_000);
    await clock.look();
  };
  return {
    at,
    lines,
    clock,
    look,
    ready: () => readiness.states()['clock'],
    metrics: () => metrics.registry.metrics(),
  };
}

describe('the guard of clocks', () => {
  it('says what it fails with, and tries on', async () => {
    const { lines, clock, look } = clocks();
    let isBroken = true;
    clock.whenSetBack(() => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve()));
    clock.onApplicationBootstrap();
    await clock.onModuleDestroy();
    expect(lines).toEqual(['clock: failed; trying on']);
    await expect(look()).rejects.toThrow('broken');
    isBroken = false;
    await look();
  });

  it('measures by how much the clock is ahead of the database, and says nothing of a second', async () => {
    const { at, lines, clock, look, ready, metrics } = clocks();
    await look();
    expect(clock.offsetMs).toBe(0);
    at.ofDay += 1_500;
    await look();
    expect(clock.offsetMs).toBe(1_500);
    expect(await metrics()).toContain('nexivo_clock_offset_seconds 1.5');
    expect([lines, ready()]).toEqual([[], 'ok']);
  });

  it('warns from two seconds on, once, and is not ready from a minute on', async () => {
    const { at, lines, clock, look, ready, metrics } = clocks();
    at.ofDatabase -= 2_000;
    await look();
    await look();
    expect(lines).toEqual(['clock: 2 s ahead of the database: have NTP set the clocks of both machines']);
    expect([clock.isWrong, ready()]).toEqual([false, 'ok']);
    at.ofDatabase += 2_000 + 600_000;
    await look();
    expect(clock.isWrong).toBe(true);
    expect(ready()).toBe('600 s behind the database: have NTP set the clocks of both machines');
    at.ofDatabase -= 600_000;
    await look();
    expect([clock.isWrong, ready()]).toEqual([false, 'ok']);
    expect(lines.at(-1)).toBe('clock: agrees with the database again');
    expect(await metrics()).toContain('nexivo_clock_steps_total 2');
  });

  it('tells whose clock was set, also where both were', async () => {
    const { at, lines, look } = clocks();
    await look();
    at.ofDay += 3_600_000;
    at.ofDatabase += 3_600_000;
    await look();
    at.ofDay -= 3_600_000;
    at.ofDatabase -= 3_600_000;
    await look();
    const by = (whose: string, way: string): string =>
      `clock: that of ${whose} was set ${way} by 3600 s, or the machine was suspended`;
    expect(lines).toEqual([
      by('this machine', 'ahead'),
      by('the database', 'ahead'),
      by('this machine', 'back'),
      by('the database', 'back'),
    ]);
  });

  it('takes no process out because it was stopped for a minute while it measured', async () => {
    const { at, clock, look, lines, ready } = clocks();
    await look();
    at.stoppedForMs = 90_000;
    await look();
    expect([clock.offsetMs, ready(), lines]).toEqual([0, 'ok', []]);
  });

  it('learns nothing from a database that is slow to answer', async () => {
    const { at, clock, look } = clocks();
    await look();
    at.answersAfterMs = 130_000;
    at.ofDatabase += 90_000;
    await look();
    expect(clock.offsetMs).toBe(0);
  });
});
