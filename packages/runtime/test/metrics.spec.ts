import { describe, expect, it } from '@jest/globals';
import { Metrics, sharedLook } from '../src/metrics.js';

/** Of the jest preset. */
declare const timeFactor: number;

/** The samples of our own metrics, without their help. */
const samples = async ({ registry }: Metrics): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith('nexivo_'));

describe('metrics', () => {
  it('show what is so at the moment they are read', async () => {
    const metrics = new Metrics();
    let waiting = 3;
    let total = 1;
    metrics.gauge('nexivo_waiting', 'help', [], async () => [{ value: waiting }]);
    metrics.counter('nexivo_total', 'help', () => total);
    await expect(samples(metrics)).resolves.toEqual(['nexivo_waiting 3', 'nexivo_total 1']);
    waiting = 0;
    total = 7;
    await expect(samples(metrics)).resolves.toEqual(['nexivo_waiting 0', 'nexivo_total 7']);
  });

  it('have a value for each label that there is now, and none for those that are gone', async () => {
    const metrics = new Metrics();
    let queues = ['a', 'b'];
    metrics.gauge('nexivo_queue', 'help', ['queue'], async () =>
      queues.map((queue) => ({ labels: { queue }, value: 1 })),
    );
    await expect(samples(metrics)).resolves.toEqual(['nexivo_queue{queue="a"} 1', 'nexivo_queue{queue="b"} 1']);
    queues = ['b'];
    await expect(samples(metrics)).resolves.toEqual(['nexivo_queue{queue="b"} 1']);
  });

  it.each<[string, () => Promise<never>]>([
    ['fails', () => Promise.reject(new Error('away'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('have no value, rather than an old one, where the source %s; the others are shown in time', async (_, broken) => {
    const metrics = new Metrics();
    let read: () => Promise<{ value: number }[]> = async () => [{ value: 5 }];
    metrics.gauge('nexivo_broken', 'help', [], () => read());
    metrics.gauge('nexivo_sound', 'help', [], async () => [{ value: 1 }]);
    await expect(samples(metrics)).resolves.toEqual(['nexivo_broken 5', 'nexivo_sound 1']);
    read = broken;
    const startedAt = performance.now();
    await expect(samples(metrics)).resolves.toEqual(['nexivo_sound 1']);
    expect(performance.now() - startedAt).toBeLessThan(2_000 * timeFactor);
  });

  it('of a service have its name as a label, and those of the whole service say that they are', async () => {
    const metrics = new Metrics('jobs');
    metrics.gaugeOfService('nexivo_queue', 'What waits', ['queue'], async () => [{ labels: { queue: 'a' }, value: 1 }]);
    metrics.counters('nexivo_total', 'help', ['kind'], () => [{ labels: { kind: 'b' }, value: 2 }]);
    expect(await samples(metrics)).toEqual([
      'nexivo_queue{queue="a",service_name="jobs"} 1',
      'nexivo_total{kind="b",service_name="jobs"} 2',
    ]);
    expect(await metrics.registry.metrics()).toContain('# HELP nexivo_queue What waits; of the whole service');
  });

  it('that share a look have one for all of a scrape, and a new one after a failure', async () => {
    let looks = 0;
    let isAway = true;
    const look = sharedLook(() => (++looks, isAway ? Promise.reject(new Error('away')) : Promise.resolve(looks)));
    await expect(look()).rejects.toThrow('away');
    isAway = false;
    expect(await Promise.all([look(), look()])).toEqual([2, 2]);
    expect(await look()).toBe(2);
  });

  it('of two services in one process are kept apart', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    for (const [index, metrics] of [one, other].entries()) metrics.counter('nexivo_total', 'help', () => index);
    await expect(samples(one)).resolves.toEqual(['nexivo_total 0']);
    await expect(samples(other)).resolves.toEqual(['nexivo_total 1']);
  });
});
