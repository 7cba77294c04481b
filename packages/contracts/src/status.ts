import { z } from 'zod';
import { defineCommand } from './command.js';
import { timestamp } from './text.js';

/** The services of which a product is made. */
export const SERVICES = ['gateway', 'candidates', 'jobs', 'submissions', 'webhooks'] as const;
export type Service = (typeof SERVICES)[number];

/** The metrics that a replica tells along with its state: those that say whether something is wrong. */
export const STATUS_METRICS = [
  'nexivo_outbox_rows',
  'nexivo_outbox_oldest_seconds',
  'nexivo_consumer_pending',
  'nexivo_consumer_retrying',
  'nexivo_dead_letters',
  'nexivo_webhook_deliveries_late',
  'nexivo_webhook_oldest_due_seconds',
  'nexivo_disk_free_bytes',
  'nexivo_disk_size_bytes',
  'nexivo_clock_offset_seconds',
  'nexivo_database_server_connections',
  'nexivo_database_server_connections_max',
] as const;

/** What one replica says of itself. */
const replicaStatus = z.object({
  instance: z.string().meta({ description: 'The host and the process', example: 'web-1:4711' }),
  version: z.string(),
  commit: z.string(),
  started_at: timestamp,
  parts: z
    .record(z.string(), z.string())
    .meta({ description: 'What it needs, as `/health/ready` has it: `ok`, or what is wrong and what to do about it' }),
  readings: z.array(
    z.object({ metric: z.enum(STATUS_METRICS), labels: z.record(z.string(), z.string()), value: z.number() }),
  ),
});
export type ReplicaStatus = z.output<typeof replicaStatus>;

/** For how long replicas are waited for: parts that do not answer take a second and a half of it. */
const TIMEOUT_MS = 3_000;

/** Commands about the replicas of one service, for operators alone. Every replica answers. */
export const statusCommands = (service: Service) => ({
  report: defineCommand({
    subject: `${service}.status.report`,
    input: z.strictObject({}),
    output: replicaStatus,
    timeoutMs: TIMEOUT_MS,
  }),
});
