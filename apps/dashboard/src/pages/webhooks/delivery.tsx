import { Button } from '@mantine/core';
import { type Attempt, type Delivery, deliveryRoutes } from '@nexivo/contracts/deliveries';
import { webhookRoutes } from '@nexivo/contracts/webhooks';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { reading } from '../../api/reading.js';
import { useWrite } from '../../api/use-write.js';
import { useCan } from '../../shell/me.js';
import { Page } from '../../shell/page.js';
import { ShortId } from '../../ui/copy.js';
import { FormError } from '../../ui/forms.js';
import { Json } from '../../ui/json.js';
import { Loaded } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { formatNumber, Time } from '../../ui/time.js';
import { WEBHOOKS_CRUMBS } from './webhook.js';
import { originOf, outcomeOf } from './words.js';

const PENDING_MS = 1_500;

export function DeliveryPage() {
  const { id, delivery: delivery_id } = useParams({
    from: '/inside/account/api-tokens/webhooks/$id/deliveries/$delivery',
  });
  const params = { id, delivery_id };
  const webhook = useQuery(reading(webhookRoutes.get, { params: { id } }));
  const delivery = useQuery({
    ...reading(deliveryRoutes.get, { params }),
    refetchInterval: ({ state }) => (state.data?.status === 'pending' ? PENDING_MS : false),
  });
  const sent = useQuery(reading(deliveryRoutes.get, { params, query: { expand: 'event' } }));
  const redeliver = useWrite(deliveryRoutes.redeliver);
  const mayWrite = useCan('webhooks:write');
  return (
    <Page
      title={delivery.data?.event_type ?? 'Delivery'}
      crumbs={[...WEBHOOKS_CRUMBS, [webhook.data?.url ?? 'Webhook', `/account/api-tokens/webhooks/${id}`]]}
      action={
        mayWrite && (
          <Button
            loading={redeliver.isPending}
            disabled={webhook.data?.status !== 'enabled'}
            onClick={() => redeliver.mutate({ params })}
          >
            Redeliver
          </Button>
        )
      }
    >
      <FormError write={redeliver} />
      <Loaded query={delivery}>
        {(data) => (
          <div className="delivery">
            <div>
              <Facts delivery={data} />
              <section className="section">
                <h2>Attempts</h2>
                <Timeline delivery={data} />
              </section>
            </div>
            <section aria-label="What was sent">
              <h2 className="delivery-heading">What {data.attempts_total === 0 ? 'will be' : 'was'} sent</h2>
              <Loaded query={sent} rows={8}>
                {({ event }) =>
                  event ? (
                    <Json value={event} label="What was sent" />
                  ) : (
                    <p className="state-text">The event is no longer kept.</p>
                  )
                }
              </Loaded>
            </section>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Facts({ delivery }: { delivery: Delivery }) {
  return (
    <dl className="facts">
      <dt>State</dt>
      <dd>
        <Status value={delivery.status} />
      </dd>
      <dt>Made for</dt>
      <dd>
        {originOf(delivery)}, <Time at={delivery.created_at} />
      </dd>
      <dt>Event</dt>
      <dd>
        <ShortId value={delivery.event_id} />
      </dd>
      <dt>Delivery</dt>
      <dd>
        <ShortId value={delivery.id} />
      </dd>
    </dl>
  );
}

function Timeline({ delivery }: { delivery: Delivery }) {
  const { attempts, attempts_total, next_attempt_at, status } = delivery;
  const omitted = attempts_total - attempts.length;
  return (
    <ol className="timeline">
      {omitted > 0 && <li className="meta">{formatNumber(omitted)} earlier ones are no longer shown</li>}
      {attempts.map((attempt) => (
        <AttemptItem key={attempt.number} attempt={attempt} />
      ))}
      {status === 'pending' && (
        <li data-tone="busy">
          <div className="timeline-head">
            <strong>Next attempt</strong>
            <span className="meta">
              {next_attempt_at ? <Time at={next_attempt_at} over="now" /> : 'as soon as it is its turn'}
            </span>
          </div>
        </li>
      )}
      {status === 'failed' && (
        <li data-tone="off">
          <div className="timeline-head">
            <strong>Given up</strong>
            <span className="meta">{delivery.completed_at && <Time at={delivery.completed_at} />}</span>
          </div>
        </li>
      )}
    </ol>
  );
}

function AttemptItem({ attempt }: { attempt: Attempt }) {
  const { number, at, status_code, latency_ms, error, response_body } = attempt;
  return (
    <li data-tone={error === null ? 'good' : 'bad'}>
      <div className="timeline-head">
        <strong>Attempt {number}</strong>
        <span className="pill" data-tone={error === null ? 'good' : 'bad'}>
          {status_code ?? 'no answer'}
        </span>
        <span className="meta">{formatNumber(latency_ms)} ms</span>
        <span className="meta timeline-at">
          <Time at={at} />
        </span>
      </div>
      <div className="timeline-why">{outcomeOf(attempt)}</div>
      {response_body && (
        <details className="answer">
          <summary>What it answered</summary>
          <pre tabIndex={0} aria-label={`Answer to attempt ${number}`}>
            {response_body}
          </pre>
        </details>
      )}
    </li>
  );
}
