import { TypeOrmModule } from '@nestjs/typeorm';
import type { DynamicModule } from '@nestjs/common';
import { BACKING_STORE, type BackingStore } from '@nexivo/runtime/backing-store';
import { LOGGER } from '@nexivo/runtime/logging';
import { Metrics } from '@nexivo/runtime/metrics';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { BoundedReads, connectionsForReads, openBoundedReads } from './bounded-reads.js';
import { isConflict, RetryingDataSource } from './data-source.js';
import { type DatabaseOptions, dataSourceOptions, OPEN_CONNECTIONS, refusalOf, unavailabilityOf } from './database.js';
import { openConnections, poolOf } from './pool.js';
import { measureServer, PoolMetrics } from './pool-metrics.js';
import { checkServer } from './server-check.js';
import { READ_ONLY_SQLSTATE } from './session.js';

class DatabaseModule {}

/** The Nest module that holds the service's connections. It waits for a database that is not there yet. */
export const databaseModule = (options: DatabaseOptions): DynamicModule => ({
  module: DatabaseModule,
  global: true,
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [LOGGER],
      useFactory: async (logger: Logger) => {
        const { url, poolSize, otherConnections = 0 } = options;
        const report = (line: string): void => logger.warn(`database: ${line}`);
        // One of the pool's is for probes.
        const connections = poolSize + 1 + connectionsForReads(poolSize) + otherConnections;
        await checkServer(url, { connections }, { waitForMs: Infinity, report });
        return { ...dataSourceOptions(options), retryAttempts: Number.MAX_SAFE_INTEGER, retryDelay: 1_000 };
      },
      dataSourceFactory: (all) => new RetryingDataSource(all!).initialize(),
    }),
  ],
  providers: [
    {
      provide: BACKING_STORE,
      inject: [DataSource],
      useFactory: async (database: DataSource): Promise<BackingStore> => {
        await openConnections(poolOf(database), Math.min(options.poolSize, OPEN_CONNECTIONS));
        return {
          state: () => stateOfSchema(database),
          time: async () => {
            const { rows } = await poolOf(database).probe<{ time: Date }>('select clock_timestamp() as time');
            return rows[0]!.time;
          },
          unavailability: (error) => unavailabilityOf(error) ?? (isConflict(error) ? 'busy' : undefined),
          refusalOf,
        };
      },
    },
    {
      provide: BoundedReads,
      inject: [DataSource],
      useFactory: (database: DataSource) => openBoundedReads(database, options),
    },
    {
      provide: PoolMetrics,
      inject: [DataSource, BoundedReads, Metrics],
      useFactory: (database: DataSource, reads: BoundedReads, metrics: Metrics) => {
        const pool = poolOf(database);
        measureServer(metrics, (text) => pool.probe(text));
        const pools = new PoolMetrics(metrics);
        pools.add('main', pool.turns);
        pools.add('reads', reads.turns);
        return pools;
      },
    },
  ],
  exports: [BACKING_STORE, PoolMetrics],
});

/** PostgreSQL's error code. */
const UNDEFINED_TABLE = '42P01';

/** Of a later version the database may have more migrations. */
async function stateOfSchema(database: DataSource): Promise<'ok' | 'not migrated' | 'read-only'> {
  try {
    const { rows } = await poolOf(database).probe<{ count: number; is_read_only: boolean }>(
      `select count(*)::integer as count, current_setting('transaction_read_only') = 'on' as is_read_only from migrations`,
    );
    if (rows[0]!.is_read_only) return 'read-only';
    return rows[0]!.count < database.migrations.length ? 'not migrated' : 'ok';
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === UNDEFINED_TABLE) return 'not migrated';
    if (code === READ_ONLY_SQLSTATE) return 'read-only';
    throw error;
  }
}
