import { Button, NativeSelect, TextInput } from '@mantine/core';
import { DELIVERED_TYPES, DELIVERY_STATUSES, deliveryRoutes, type DeliverySummary } from '@nexivo/contracts/deliveries';
import type { Webhook } from '@nexivo/contracts/webhooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { readingList } from '../../api/reading.js';
import { useCan } from '../../shell/me.js';
import { fromLocal, toLocal } from '../../ui/local-time.js';
import { Pager } from '../../ui/pager.js';
import { type Column, Rows } from '../../ui/rows.js';
import { Empty, Loaded } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { Time } from '../../ui/time.js';
import { RedeliverFailedDialog } from './redeliver-failed.js';
import { outcomeOf } from './words.js';

const LOOK_AGAIN_MS = 5_000;

/** The log of a webhook's deliveries. */
export function Deliveries({ webhook: { id, status } }: { webhook: Webhook }) {
  const search = useSearch({ from: '/inside/account/api-tokens/webhooks/$id' });
  const navigate = useNavigate({ from: '/account/api-tokens/webhooks/$id' });
  const [isRedelivering, setIsRedelivering] = useState(false);
  const mayWrite = useCan('webhooks:write');
  const deliveries = useQuery({
    ...readingList(deliveryRoutes.list, { params: { id }, query: search }),
    refetchInterval: LOOK_AGAIN_MS,
  });
  const { page: _page, ...filters } = search;
  const filter = (change: Partial<typeof search>): void =>
    void navigate({ to: '.', search: { ...search, page: undefined, ...change }, replace: true });
  return (
    <section className="section">
      <div className="section-header">
        <h2>Deliveries</h2>
        {mayWrite && status === 'enabled' && (
          <Button size="xs" variant="default" onClick={() => setIsRedelivering(true)}>
            Redeliver what failed …
          </Button>
        )}
      </div>
      <div className="filters">
        <NativeSelect
          label="State"
          value={search.status ?? ''}
          onChange={({ target }) => filter({ status: target.value })}
          data={[{ value: '', label: 'Any' }, ...DELIVERY_STATUSES]}
        />
        <NativeSelect
          label="Event"
          value={search.event_type ?? ''}
          onChange={({ target }) => filter({ event_type: target.value })}
          data={[{ value: '', label: 'Any' }, ...DELIVERED_TYPES]}
        />
        <TextInput
          label="After"
          type="datetime-local"
          value={toLocal(search.created_after)}
          onChange={({ target }) => filter({ created_after: fromLocal(target.value) })}
        />
        <TextInput
          label="Before"
          type="datetime-local"
          value={toLocal(search.created_before)}
          onChange={({ target }) => filter({ created_before: fromLocal(target.value) })}
        />
      </div>
      <Loaded query={deliveries}>
        {({ data, meta }) =>
          data.length === 0 ? (
            Object.values(filters).some(Boolean) ? (
              <Empty title="No delivery fits these filters" />
            ) : (
              <Empty title="Nothing delivered yet">
                {status === 'enabled'
                  ? 'Send a test, or wait for something to happen.'
                  : 'The webhook is disabled. Once it is enabled it is told of what happens.'}
              </Empty>
            )
          ) : (
            <>
              <Rows label="Deliveries" rows={data} keyOf={(delivery) => delivery.id} columns={columns} />
              <Pager
                meta={meta}
                onPage={(page) => void navigate({ to: '.', search: { ...search, page: String(page) } })}
              />
            </>
          )
        }
      </Loaded>
      {isRedelivering && (
        <RedeliverFailedDialog webhookId={id} eventType={search.event_type} onClose={() => setIsRedelivering(false)} />
      )}
    </section>
  );
}

const columns: Column<DeliverySummary>[] = [
  {
    header: 'Event',
    place: 'title',
    cell: ({ webhook_id, id, event_type }) => (
      <Link
        to="/account/api-tokens/webhooks/$id/deliveries/$delivery"
        params={{ id: webhook_id, delivery: id }}
        className="row-link"
      >
        {event_type}
      </Link>
    ),
  },
  {
    header: 'Last attempt',
    place: 'meta',
    cell: ({ last_attempt }) =>
      last_attempt ? <span className="breakable">{outcomeOf(last_attempt)}</span> : 'Not tried yet',
  },
  { header: 'Attempts', place: 'wide-only', align: 'end', cell: ({ attempts_total }) => attempts_total },
  {
    header: 'Next attempt',
    place: 'wide-only',
    cell: ({ next_attempt_at }) => next_attempt_at && <Time at={next_attempt_at} over="now" />,
  },
  { header: 'Made', place: 'meta', isLabelled: true, cell: ({ created_at }) => <Time at={created_at} /> },
  { header: 'State', place: 'side', cell: ({ status }) => <Status value={status} /> },
];
