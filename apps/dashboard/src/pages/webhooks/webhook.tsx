import { Button, Group } from '@mantine/core';
import { deliveryRoutes } from '@nexivo/contracts/deliveries';
import { type Webhook, webhookRoutes } from '@nexivo/contracts/webhooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { reading } from '../../api/reading.js';
import { useWrite } from '../../api/use-write.js';
import { useCan } from '../../shell/me.js';
import { Page } from '../../shell/page.js';
import { ShortId } from '../../ui/copy.js';
import { FormError } from '../../ui/forms.js';
import { Loaded } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { Time } from '../../ui/time.js';
import { Deliveries } from './deliveries.js';
import { Health } from './health.js';
import { Jobs } from './jobs.js';
import { WebhookMenu } from './webhook-menu.js';
import { disabledReason, standingOf } from './words.js';

const FROM = '/inside/account/api-tokens/webhooks/$id';

export const WEBHOOKS_CRUMBS = [
  ['API tokens', '/account/api-tokens'],
  ['Webhooks', '/account/api-tokens/webhooks'],
] as const;

export function WebhookPage() {
  const { id } = useParams({ from: FROM });
  const webhook = useQuery(reading(webhookRoutes.get, { params: { id } }));
  const mayWrite = useCan('webhooks:write');
  const navigate = useNavigate();
  const test = useWrite(deliveryRoutes.test, (delivery) =>
    navigate({
      to: '/account/api-tokens/webhooks/$id/deliveries/$delivery',
      params: { id, delivery: delivery.id },
    }),
  );
  return (
    <Page
      title={webhook.data?.url ?? 'Webhook'}
      heading={<span className="url-heading">{webhook.data?.url ?? 'Webhook'}</span>}
      crumbs={WEBHOOKS_CRUMBS}
      action={
        mayWrite &&
        webhook.data && (
          <Group gap="xs">
            <Button
              loading={test.isPending}
              disabled={webhook.data.status === 'disabled'}
              onClick={() => test.mutate({ params: { id }, body: {} })}
            >
              Send a test
            </Button>
            <WebhookMenu webhook={webhook.data} />
          </Group>
        )
      }
    >
      <FormError write={test} />
      <Loaded query={webhook}>
        {(data) => (
          <>
            <About webhook={data} />
            <Health id={id} />
            <Jobs webhookId={id} />
            <Deliveries webhook={data} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function About({ webhook }: { webhook: Webhook }) {
  const { id, events, description, status, disabled_at, created_at } = webhook;
  return (
    <>
      {status === 'disabled' && (
        <div className="banner">
          <span>
            <strong>Nothing is sent.</strong> {disabledReason(webhook)}
            {disabled_at && (
              <span className="meta">
                {' '}
                · <Time at={disabled_at} />
              </span>
            )}
          </span>
        </div>
      )}
      <dl className="facts">
        <dt>State</dt>
        <dd>
          <Status value={standingOf(webhook)} />
        </dd>
        {description && (
          <>
            <dt>Description</dt>
            <dd>{description}</dd>
          </>
        )}
        <dt>Events</dt>
        <dd>
          {events.map((event) => (
            <span key={event} className="scope">
              {event === '*' ? 'all events' : event}
            </span>
          ))}
        </dd>
        <dt>Id</dt>
        <dd>
          <ShortId value={id} />
        </dd>
        <dt>Registered</dt>
        <dd>
          <Time at={created_at} />
        </dd>
      </dl>
    </>
  );
}
