import { Button, NativeSelect } from '@mantine/core';
import { type Webhook, WEBHOOK_STATUSES, webhookRoutes } from '@nexivo/contracts/webhooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { readingList } from '../../api/reading.js';
import { useCan } from '../../shell/me.js';
import { Page } from '../../shell/page.js';
import { Pager } from '../../ui/pager.js';
import { type Column, Rows } from '../../ui/rows.js';
import { Curl, Empty, Loaded } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { HealthBars } from './health.js';
import { RegisterDialog } from './register.js';
import { disabledReason, eventsOf, standingOf } from './words.js';
import { basePath } from '../../shell/base-path.js';

const EVENTS_SHOWN = 2;

export function WebhooksPage() {
  const search = useSearch({ from: '/inside/account/api-tokens/webhooks' });
  const navigate = useNavigate({ from: '/account/api-tokens/webhooks' });
  const [isRegistering, setIsRegistering] = useState(false);
  const mayWrite = useCan('webhooks:write');
  const webhooks = useQuery(readingList(webhookRoutes.list, { query: search }));
  const register = mayWrite && <Button onClick={() => setIsRegistering(true)}>Register webhook</Button>;
  return (
    <Page title="Webhooks" crumbs={[['API tokens', '/account/api-tokens']]} action={register}>
      <p className="lead">A webhook is a URL of yours that is told of what happens, as it happens.</p>
      <div className="filters">
        <NativeSelect
          aria-label="State"
          value={search.status ?? ''}
          onChange={({ target }) => void navigate({ to: '.', search: { status: target.value }, replace: true })}
          data={[{ value: '', label: 'Any state' }, ...WEBHOOK_STATUSES]}
        />
      </div>
      <Loaded query={webhooks}>
        {({ data, meta }) =>
          data.length === 0 ? (
            search.status ? (
              <Empty title="No webhook fits this filter" />
            ) : (
              <Empty title="No webhooks yet" action={register}>
                Register a URL. It gets a signed POST for each event, and is tried again for three days if it does not
                answer.
                <Curl>
                  {`curl ${location.origin + basePath}/ats/api/v1/webhooks \\
  -H "Authorization: Bearer YOUR_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{"url": "https://example.com/hooks", "events": ["candidate.created"]}'`}
                </Curl>
              </Empty>
            )
          ) : (
            <>
              <Rows label="Webhooks" rows={data} keyOf={({ id }) => id} columns={columns} />
              <Pager
                meta={meta}
                onPage={(page) => void navigate({ to: '.', search: { ...search, page: String(page) } })}
              />
            </>
          )
        }
      </Loaded>
      {isRegistering && <RegisterDialog onClose={() => setIsRegistering(false)} />}
    </Page>
  );
}

const columns: Column<Webhook>[] = [
  {
    header: 'URL',
    place: 'title',
    cell: ({ id, url, description }) => (
      <>
        <Link to="/account/api-tokens/webhooks/$id" params={{ id }} className="row-link">
          {url}
        </Link>
        {description && <div className="meta cut">{description}</div>}
      </>
    ),
  },
  {
    header: 'Events',
    place: 'meta',
    cell: (webhook) =>
      webhook.events.length <= EVENTS_SHOWN ? (
        eventsOf(webhook)
      ) : (
        <span title={eventsOf(webhook)}>{webhook.events.length} types of events</span>
      ),
  },
  { header: 'Last 24 hours', place: 'meta', cell: ({ id }) => <HealthBars id={id} /> },
  {
    header: 'State',
    place: 'side',
    cell: (webhook) => (
      <span className="above" title={disabledReason(webhook)}>
        <Status value={standingOf(webhook)} />
      </span>
    ),
  },
];
