/** Loaded before a service, for comparison: nothing is counted or timed in it. The product has no such switch. */
import { Counter, Gauge, Histogram } from 'prom-client';

const nothing = (): void => {};
for (const [metric, names] of [
  [Counter.prototype, ['incWithoutExemplar']],
  [Gauge.prototype, ['set', 'inc', 'dec']],
  [Histogram.prototype, ['observeWithoutExemplar']],
] as const) {
  for (const name of names) {
    if (!(name in metric)) throw new Error(`prom-client has no ${name} any more`);
    Object.defineProperty(metric, name, { value: nothing });
  }
}
