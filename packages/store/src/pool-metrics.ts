import type { Occupancy } from '@nexivo/runtime/fair-semaphore';
import { type Metrics, type Reading, sharedLook } from '@nexivo/runtime/metrics';

/** What is known of connections to Postgres: of each pool of this process, and of the server. */
export class PoolMetrics {
  private readonly pools: [name: string, pool: Occupancy][] = [];

  constructor(metrics: Metrics) {
    const of = ['pool'];
    const each = (value: (pool: Occupancy) => number): Reading[] =>
      this.pools.map(([pool, occupancy]) => ({ labels: { pool }, value: value(occupancy) }));
    const gauge = (name: string, help: string, value: (pool: Occupancy) => number): void =>
      metrics.gauge(name, help, of, () => Promise.resolve(each(value)));
    gauge('nexivo_database_pool_slots', 'How many may use the connections of a pool at once', ({ slots }) => slots);
    gauge('nexivo_database_pool_in_use', 'How many use them', ({ inUse }) => inUse);
    gauge('nexivo_database_pool_queued', 'How many wait for their turn', ({ queued }) => queued);
    metrics.counters(
      'nexivo_database_pool_wait_seconds_total',
      'For how long all that have waited for a pool have done so; its rate is how many wait at a time',
      of,
      () => each(({ waitedMs }) => waitedMs / 1_000),
    );
    metrics.counters(
      'nexivo_database_pool_refusals_total',
      'How many were refused because their turn did not come in time, or too many waited',
      of,
      () => each(({ refused }) => refused),
    );
  }

  /** @param name of a few */
  add(name: string, pool: Occupancy): void {
    this.pools.push([name, pool]);
  }
}

/** How many connections a server has, and how many it lets in. */
interface ServerConnections {
  used: number;
  most: number;
}

/** Whoever has no special rights sees this much of a server. */
const SERVER_CONNECTIONS = `
  select (select sum(numbackends) from pg_stat_database)::int as used,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most`;

/** @param probe runs a statement on the server, past whoever waits for connections */
export function measureServer(metrics: Metrics, probe: (text: string) => Promise<{ rows: ServerConnections[] }>): void {
  const look = sharedLook(() => probe(SERVER_CONNECTIONS));
  const gauge = (name: string, help: string, value: (seen: ServerConnections) => number): void =>
    metrics.gaugeOfService(name, help, [], async () => (await look()).rows.map((seen) => ({ value: value(seen) })));
  gauge('nexivo_database_server_connections', 'Connections that the Postgres server has', ({ used }) => used);
  gauge(
    'nexivo_database_server_connections_max',
    'How many it takes, without those that are kept for superusers',
    ({ most }) => most,
  );
}
