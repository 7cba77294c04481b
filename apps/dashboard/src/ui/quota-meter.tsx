import type { Me } from '@nexivo/contracts/me';
import { formatNumber, Time } from './time.js';

/** How much of a quota is used. */
export function QuotaMeter({ title, quota }: { title: string; quota: NonNullable<Me['quotas']>['minute'] }) {
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
            Room again <Time at={quota.resets_at} />
          </>
        )}
      </p>
    </div>
  );
}
