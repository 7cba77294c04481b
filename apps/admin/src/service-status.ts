import type { ReplicaStatus, Service, STATUS_METRICS } from '@nexivo/contracts/status';

type Metric = (typeof STATUS_METRICS)[number];

/** The limits beyond which the alert rules in ops/prometheus call something wrong. */
const OLDEST_OUTBOX_S = 20;
const OLDEST_DUE_S = 20;
const LEAST_DISK = 0.1;
const MOST_CONNECTIONS = 0.9;
const CLOCK_OFF_S = 2;

/** What is known of one service. */
export interface ServiceStatus {
  readonly service: Service;
  readonly replicas: readonly ReplicaStatus[];
  /** What is wrong, a line for each. */
  readonly problems: readonly string[];
}

/** What is wrong with a service, as its replicas tell it. */
export function problemsOf(replicas: readonly ReplicaStatus[]): string[] {
  if (replicas.length === 0) return ['no replica answers'];
  return [
    ...replicas.flatMap(({ instance, parts }) =>
      Object.entries(parts)
        .filter(([, state]) => state !== 'ok')
        .map(([part, state]) => `${instance}: ${part}: ${state}`),
    ),
    ...versionProblems(replicas),
    ...replicas.flatMap((replica) => [diskProblem(replica), clockProblem(replica)]),
    connectionsProblem(replicas),
    above('oldest event in the outbox waits for', greatest(replicas, 'nexivo_outbox_oldest_seconds'), OLDEST_OUTBOX_S),
    above(
      'oldest delivery that is late because of us waits for',
      greatest(replicas, 'nexivo_webhook_oldest_due_seconds', { cause: 'ours' }),
      OLDEST_DUE_S,
    ),
    ...deadLetterProblems(replicas),
  ].filter((problem) => problem !== undefined);
}

function versionProblems(replicas: readonly ReplicaStatus[]): string[] {
  const programs = new Set(replicas.map(({ version, commit }) => `${version} (${commit})`));
  return programs.size > 1 ? [`replicas run ${[...programs].join(' and ')}`] : [];
}

function diskProblem({ instance, readings }: ReplicaStatus): string | undefined {
  const [free, size] = (['nexivo_disk_free_bytes', 'nexivo_disk_size_bytes'] as const).map((name) =>
    greatest([{ readings }], name),
  );
  if (free === undefined || size === undefined || free >= LEAST_DISK * size) return undefined;
  return `${instance}: ${Math.floor((100 * free) / size)} % of its disk is free`;
}

function clockProblem({ instance, readings }: ReplicaStatus): string | undefined {
  const offset = greatest([{ readings }], 'nexivo_clock_offset_seconds');
  if (offset === undefined || Math.abs(offset) < CLOCK_OFF_S) return undefined;
  return `${instance}: its clock is ${Math.round(Math.abs(offset))} s ${offset > 0 ? 'ahead of' : 'behind'} the database`;
}

function connectionsProblem(replicas: readonly ReplicaStatus[]): string | undefined {
  const used = greatest(replicas, 'nexivo_database_server_connections');
  const most = greatest(replicas, 'nexivo_database_server_connections_max');
  if (used === undefined || most === undefined || used <= MOST_CONNECTIONS * most) return undefined;
  return `its Postgres has ${used} of ${most} connections`;
}

function deadLetterProblems(replicas: readonly ReplicaStatus[]): string[] {
  const consumers = new Set(
    replicas.flatMap(({ readings }) =>
      readings.filter(({ metric }) => metric === 'nexivo_dead_letters').map(({ labels }) => labels['consumer'] ?? ''),
    ),
  );
  return [...consumers].flatMap((consumer) => {
    const count = greatest(replicas, 'nexivo_dead_letters', { consumer }) ?? 0;
    return count > 0 ? [`${consumer}: ${count} dead ${count === 1 ? 'letter' : 'letters'}`] : [];
  });
}

const above = (what: string, seconds: number | undefined, most: number): string | undefined =>
  seconds !== undefined && seconds > most ? `${what} ${Math.round(seconds)} s` : undefined;

/** What of a service's replicas each shows alike is the greatest that one of them shows: some may not have been able to look. */
export function greatest(
  replicas: readonly Pick<ReplicaStatus, 'readings'>[],
  metric: Metric,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const values = replicas.flatMap(({ readings }) =>
    readings
      .filter((each) => each.metric === metric)
      .filter((each) => Object.entries(labels).every(([name, value]) => each.labels[name] === value))
      .map(({ value }) => value),
  );
  return values.length === 0 ? undefined : Math.max(...values);
}
