import { Button, Progress } from '@mantine/core';
import { redeliveryRoutes } from '@nexivo/contracts/redeliveries';
import { type JobStatus, replayRoutes } from '@nexivo/contracts/replays';
import { useQuery } from '@tanstack/react-query';
import { readingList } from '../../api/reading.js';
import { useWrite } from '../../api/use-write.js';
import { useCan } from '../../shell/me.js';
import { FormError } from '../../ui/forms.js';
import { Status } from '../../ui/status.js';
import { formatNumber, Time } from '../../ui/time.js';

const SHOWN = 3;
const RUNNING_MS = 1_000;
const IDLE_MS = 15_000;

interface Job {
  id: string;
  what: string;
  unit: string;
  status: JobStatus;
  total: number;
  done: number;
  created_at: string;
  cancel: () => void;
}

/** What of the jobs changes soon. */
const pace = (jobs: { data: readonly { status: JobStatus }[] } | undefined): number =>
  jobs?.data.some(({ status }) => status === 'running') ? RUNNING_MS : IDLE_MS;

/** The last replays and bulk redeliveries of a webhook, and how far they are. */
export function Jobs({ webhookId: id }: { webhookId: string }) {
  const asked = { params: { id }, query: { per_page: SHOWN } };
  const replays = useQuery({
    ...readingList(replayRoutes.list, asked),
    refetchInterval: ({ state }) => pace(state.data),
  });
  const redeliveries = useQuery({
    ...readingList(redeliveryRoutes.list, asked),
    refetchInterval: ({ state }) => pace(state.data),
  });
  const cancelReplay = useWrite(replayRoutes.cancel);
  const cancelRedelivery = useWrite(redeliveryRoutes.cancel);
  const mayCancel = useCan('webhooks:write');
  const jobs: Job[] = [
    ...(replays.data?.data ?? []).map((job) => ({
      ...job,
      what: 'Replay',
      unit: 'events queued',
      total: job.events_total,
      done: job.events_done,
      cancel: () => cancelReplay.mutate({ params: { id, replay_id: job.id } }),
    })),
    ...(redeliveries.data?.data ?? []).map((job) => ({
      ...job,
      what: 'Redelivery of what failed',
      unit: 'deliveries made due',
      total: job.deliveries_total,
      done: job.deliveries_done,
      cancel: () => cancelRedelivery.mutate({ params: { id, redelivery_id: job.id } }),
    })),
  ].toSorted((a, b) => b.created_at.localeCompare(a.created_at));
  if (jobs.length === 0) return null;
  return (
    <section className="section">
      <h2>Jobs</h2>
      <FormError write={cancelReplay} />
      <FormError write={cancelRedelivery} />
      <ul className="jobs">
        {jobs.slice(0, SHOWN).map((job) => (
          <li key={job.id}>
            <span className="job-words">
              <strong>{job.what}</strong>
              <span className="meta">
                {formatNumber(job.done)} of {formatNumber(job.total)} {job.unit} · <Time at={job.created_at} />
              </span>
              {job.status === 'running' && (
                <Progress
                  aria-label={`Progress of the ${job.what.toLowerCase()}`}
                  value={job.total === 0 ? 0 : (job.done / job.total) * 100}
                  size={4}
                />
              )}
            </span>
            <Status value={job.status} />
            {job.status === 'running' && mayCancel && (
              <Button size="compact-xs" variant="default" onClick={job.cancel}>
                Cancel
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
