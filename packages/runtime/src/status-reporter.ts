import { hostname } from 'node:os';
import type { OutputOf } from '@nexivo/contracts/command';
import { type ReplicaStatus, type Service, STATUS_METRICS, statusCommands } from '@nexivo/contracts/status';
import type { BusConnection } from '@nexivo/bus/connection';
import type { Logger } from 'pino';
import type { Health } from './health.js';
import type { Build, Metrics } from './metrics.js';

const startedAt = new Date(Date.now() - process.uptime() * 1_000).toISOString();

/** Answers operators who ask how a service is: every replica for itself, with what its probes and metrics show, also while it is not ready. */
export class StatusReporter {
  constructor(
    service: string,
    private readonly build: Build,
    bus: BusConnection,
    private readonly health: Health,
    private readonly metrics: Metrics,
    logger: Logger,
  ) {
    const { subject } = statusCommands(service as Service).report;
    bus.nats.subscribe(bus.names.subject(subject), {
      callback: (error, message) => {
        if (error) logger.error({ err: error }, 'status: subscription failed');
        else void this.answer(message, logger);
      },
    });
  }

  private async answer(message: { respond(payload: string): unknown }, logger: Logger): Promise<void> {
    try {
      message.respond(JSON.stringify(await this.report()));
    } catch (failure) {
      logger.error({ err: failure }, 'status: not reported');
    }
  }

  private async report(): Promise<OutputOf<ReturnType<typeof statusCommands>['report']>> {
    const [parts, readings] = await Promise.all([this.health.states(), this.readings()]);
    return { instance: `${hostname()}:${process.pid}`, ...this.build, started_at: startedAt, parts, readings };
  }

  private async readings(): Promise<ReplicaStatus['readings']> {
    const { registry } = this.metrics;
    const chosen = STATUS_METRICS.filter((name) => registry.getSingleMetric(name) !== undefined);
    const read = await Promise.all(
      chosen.map(async (metric) => {
        const { values } = await registry.getSingleMetric(metric)!.get();
        return values.map(({ labels, value }) => ({ metric, labels: labels as Record<string, string>, value }));
      }),
    );
    return read.flat();
  }
}
