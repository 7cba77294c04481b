import { type WebhookHealth, webhookHealthRoutes } from '@nexivo/contracts/webhook-health';
import { useQuery } from '@tanstack/react-query';
import { reading } from '../../api/reading.js';
import { counted, formatNumber, Time } from '../../ui/time.js';

const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const LOOK_AGAIN_MS = 30_000;
const HEIGHT = 28;

const useHealth = (id: string) =>
  useQuery({ ...reading(webhookHealthRoutes.get, { params: { id } }), refetchInterval: LOOK_AGAIN_MS });

const inWords = ({ attempts, successes }: Pick<WebhookHealth, 'attempts' | 'successes'>): string =>
  attempts === 0
    ? 'Nothing sent in 24 hours'
    : `${counted(successes, 'success', 'successes')} in ${counted(attempts, 'attempt')} in 24 hours`;

/** The last 24 hours of a webhook as bars, and in words for whoever does not see them. */
export function HealthBars({ id, isWide = false }: { id: string; isWide?: boolean }) {
  const { data } = useHealth(id);
  if (!data) return <span className="health-bars" data-wide={isWide} />;
  const highest = Math.max(1, ...data.hours.map(({ attempts }) => attempts));
  const step = 240 / data.hours.length;
  return (
    <svg
      className="health-bars"
      data-wide={isWide}
      viewBox={`0 0 240 ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={inWords(data)}
    >
      {data.hours.map(({ hour: at, attempts, successes }, index) => {
        const height = attempts === 0 ? 2 : Math.max(4, (attempts / highest) * HEIGHT);
        const good = attempts === 0 ? 0 : (successes / attempts) * height;
        const x = index * step + 1.5;
        return (
          <g key={at}>
            <title>{`${hour.format(new Date(at))}: ${formatNumber(successes)} of ${formatNumber(attempts)} succeeded`}</title>
            <rect
              className={attempts === 0 ? 'bar-none' : 'bar-bad'}
              x={x}
              y={HEIGHT - height}
              width={step - 3}
              height={height}
            />
            <rect className="bar-success" x={x} y={HEIGHT - good} width={step - 3} height={good} />
          </g>
        );
      })}
    </svg>
  );
}

/** How a webhook is doing: bars, and figures beside them. */
export function Health({ id }: { id: string }) {
  const { data } = useHealth(id);
  const share = data && data.attempts > 0 ? (data.successes / data.attempts) * 100 : undefined;
  return (
    <section className="health" aria-label="Health in the last 24 hours">
      <div className="health-chart">
        <HealthBars id={id} isWide />
        <div className="bars-foot meta">
          <span>24 hours ago</span>
          <span>now</span>
        </div>
      </div>
      <dl className="health-figures">
        <div>
          <dt>Succeeded</dt>
          <dd>{share === undefined ? '–' : `${Number.isInteger(share) ? share : share.toFixed(1)} %`}</dd>
        </div>
        <div>
          <dt>Attempts</dt>
          <dd>{data ? formatNumber(data.attempts) : '–'}</dd>
        </div>
        <div>
          <dt>Latency p50</dt>
          <dd>{milliseconds(data?.latency_ms.p50)}</dd>
        </div>
        <div>
          <dt>p95</dt>
          <dd>{milliseconds(data?.latency_ms.p95)}</dd>
        </div>
      </dl>
      {data?.failing_since && (
        <p className="health-note">
          Every attempt has failed since the first one <Time at={data.failing_since} />
          {data.disables_at && (
            <>
              ; if none succeeds, it is disabled <Time at={data.disables_at} /> at the earliest
            </>
          )}
          .
        </p>
      )}
      {data?.paused_until && (
        <p className="health-note">
          Its URL asked for a pause; the next request goes out <Time at={data.paused_until} />.
        </p>
      )}
    </section>
  );
}

const milliseconds = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : `${formatNumber(value)} ms`;
