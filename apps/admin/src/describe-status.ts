import type { ReplicaStatus } from '@nexivo/contracts/status';
import { greatest, type ServiceStatus } from './service-status.js';

/** The state of the stack as people read it: a line for each replica, what waits, and what is wrong. */
export function describeStatus({
  is_well: isWell,
  services,
}: {
  is_well: boolean;
  services: readonly ServiceStatus[];
}): string {
  const problems = services.flatMap(({ service, problems: each }) => each.map((problem) => `${service}: ${problem}`));
  return [
    ...services.flatMap(({ service, replicas }) => replicas.map((replica) => describeReplica(service, replica))),
    '',
    ...services.flatMap(({ service, replicas }) => describeWaiting(service, replicas)),
    '',
    ...(isWell ? ['All is well.'] : problems),
  ].join('\n');
}

function describeReplica(
  service: string,
  { instance, version, commit, started_at, parts, readings }: ReplicaStatus,
): string {
  const isReady = Object.values(parts).every((state) => state === 'ok');
  const free = greatest([{ readings }], 'nexivo_disk_free_bytes');
  const size = greatest([{ readings }], 'nexivo_disk_size_bytes');
  const disk = free !== undefined && size ? `  disk ${Math.floor((100 * free) / size)} % free` : '';
  const build = commit === 'unknown' ? version : `${version} (${commit})`;
  return `${service.padEnd(12)}  ${instance}  ${build}  since ${started_at}  ${isReady ? 'ready' : 'not ready'}${disk}`;
}

function describeWaiting(service: string, replicas: readonly ReplicaStatus[]): string[] {
  const rows = greatest(replicas, 'nexivo_outbox_rows');
  const late = (cause: string): number | undefined => greatest(replicas, 'nexivo_webhook_deliveries_late', { cause });
  const consumers = new Set(
    replicas.flatMap(({ readings }) => readings.flatMap(({ labels }) => labels['consumer'] ?? [])),
  );
  const ofConsumer = (name: string): string => {
    const count = (metric: Parameters<typeof greatest>[1]): string =>
      String(greatest(replicas, metric, { consumer: name }) ?? 'unknown');
    return `${name}: ${count('nexivo_consumer_pending')} to come, ${count('nexivo_consumer_retrying')} tried again, ${count('nexivo_dead_letters')} dead`;
  };
  return [
    ...(rows === undefined ? [] : [`outbox of ${service}: ${rows}`]),
    ...[...consumers].map(ofConsumer),
    ...(late('ours') === undefined
      ? []
      : [`late deliveries: ${late('ours')} because of us, ${late('endpoint')} because of endpoints`]),
  ];
}
