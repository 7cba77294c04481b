import type { Me } from '@nexivo/contracts/me';
import { formatNumber, Time } from './time.js';

/** How much of each quota is used. */
export const QuotaMeters = ({ quotas: { minute, day } }: { quotas: NonNullable<Me['quotas']> }) => (
  <div className="quotas">
    <QuotaMeter title="In the last 60 seconds" quota={minute} next="The oldest counts no more" />
    <QuotaMeter title="Today (UTC)" quota={day} next="Begins anew" />
  </div>
);

function QuotaMeter({
  title,
  quota,
  next,
}: {
  title: string;
  quota: NonNullable<Me['quotas']>['minute'];
  /** What happens when it is reset. */
  next: string;
}) {
  const share = Math.min(1, quota.used / quota.limit);
  return (
    <div className="quota">
      <div className="quota-head">
        <span>{title}</span>
        <span>
          <strong>{formatNumber(quota.used)}</strong> <span className="meta">of {formatNumber(quota.limit)}</span>
        </span>
      </div>
      <meter
        className="meter"
        min={0}
        max={1}
        value={share}
        data-tone={share >= 0.9 ? 'bad' : 'good'}
        aria-label={title}
      >
        {Math.round(share * 100)} %
      </meter>
      <p className="meta">
        {quota.used === 0 ? (
          'Nothing used'
        ) : (
          <>
            {quota.remaining === 0 ? 'Room again' : next} <Time at={quota.resets_at} />
          </>
        )}
      </p>
    </div>
  );
}
