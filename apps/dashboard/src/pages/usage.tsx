import { Button, NativeSelect } from '@mantine/core';
import { errorCatalogue, type ErrorCode } from '@nexivo/contracts/errors';
import { type Usage, USAGE_DAYS, USAGE_DAYS_SHOWN, usageRoutes } from '@nexivo/contracts/usage';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { readingList } from '../api/reading.js';
import { meQuery, useMe } from '../shell/me.js';
import { Page } from '../shell/page.js';
import { Bars } from '../ui/bars.js';
import { QuotaMeters } from '../ui/quota-meter.js';
import { Rows } from '../ui/rows.js';
import { Empty, Loaded } from '../ui/states.js';
import { formatNumber } from '../ui/time.js';

const LIVE_MS = 3_000;
const DAY_MS = 86_400_000;
const RANGES = [
  { value: '7', label: '7 days' },
  { value: String(USAGE_DAYS_SHOWN), label: `${USAGE_DAYS_SHOWN} days` },
  { value: '90', label: '90 days' },
  { value: String(USAGE_DAYS), label: `${USAGE_DAYS} days` },
];

const dayBefore = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

export function UsagePage() {
  const { quotas } = useMe();
  useQuery({ ...meQuery, refetchInterval: LIVE_MS });
  const { token, days = String(USAGE_DAYS_SHOWN) } = useSearch({ from: '/inside/account/usage' });
  const navigate = useNavigate({ from: '/account/usage' });
  const usage = useQuery({
    ...readingList(usageRoutes.get, { query: { since: dayBefore(Number(days) - 1), token_id: token } }),
    refetchInterval: 15_000,
  });
  return (
    <Page title="Usage">
      <p className="lead">Requests of the account’s tokens. What people do here counts for nothing.</p>
      {quotas ? <QuotaMeters quotas={quotas} /> : <p className="state-text">The Starter plan has no API access.</p>}
      <section className="section">
        <div className="section-header">
          <h2>Day by day</h2>
          <NativeSelect
            aria-label="Range"
            size="xs"
            value={days}
            data={RANGES}
            onChange={({ target }) => void navigate({ to: '.', search: { token, days: target.value }, replace: true })}
          />
        </div>
        <Loaded query={usage} rows={8}>
          {(data) => (
            <Days
              usage={data}
              limit={token === undefined ? quotas?.day.limit : undefined}
              onAll={token === undefined ? undefined : () => void navigate({ to: '.', search: { days } })}
              onToken={(token_id) => void navigate({ to: '.', search: { days, token: token_id } })}
            />
          )}
        </Loaded>
      </section>
    </Page>
  );
}

function Days({
  usage,
  limit,
  onAll,
  onToken,
}: {
  usage: Usage;
  limit: number | undefined;
  onAll: (() => void) | undefined;
  onToken: (id: string) => void;
}) {
  const refusals = Object.entries(usage.refusals).filter(([, count]) => count > 0) as [ErrorCode, number][];
  if (usage.admitted + usage.refused === 0 && !onAll) {
    return (
      <Empty title="Nothing asked for yet">
        As soon as a token is used, its requests are counted here, some ten seconds later.
      </Empty>
    );
  }
  return (
    <>
      {onAll && (
        <div className="filters">
          <span className="state-text">Only “{usage.tokens[0]?.name ?? 'this token'}”</span>
          <Button size="compact-xs" variant="default" onClick={onAll}>
            All tokens
          </Button>
        </div>
      )}
      <Bars
        label={`Requests by day, ${formatNumber(usage.admitted)} in all`}
        limit={limit}
        bars={usage.days.map(({ day, admitted, refused }) => ({ name: day, good: admitted, bad: refused }))}
      />
      <details className="numbers">
        <summary>Numbers</summary>
        <Rows
          label="Requests by day"
          rows={usage.days.toReversed()}
          keyOf={({ day }) => day}
          columns={[
            { header: 'Day', place: 'title', cell: ({ day }) => day },
            { header: 'Let in', place: 'side', align: 'end', cell: ({ admitted }) => formatNumber(admitted) },
            { header: 'Refused', place: 'side', align: 'end', cell: ({ refused }) => formatNumber(refused) },
          ]}
        />
      </details>
      {usage.tokens.length > 0 && !onAll && (
        <section className="section">
          <h2>By token</h2>
          <Rows
            label="Requests by token"
            rows={usage.tokens}
            keyOf={({ token_id }) => token_id}
            columns={[
              {
                header: 'Token',
                place: 'title',
                cell: ({ token_id, name }) => (
                  <button type="button" className="link" onClick={() => onToken(token_id)}>
                    {name ?? token_id}
                  </button>
                ),
              },
              { header: 'Let in', place: 'meta', align: 'end', cell: ({ admitted }) => formatNumber(admitted) },
              { header: 'Refused', place: 'meta', align: 'end', cell: ({ refused }) => formatNumber(refused) },
            ]}
          />
        </section>
      )}
      {refusals.length > 0 && (
        <section className="section">
          <h2>What was refused</h2>
          <Rows
            label="Refusals"
            rows={refusals}
            keyOf={([code]) => code}
            columns={[
              { header: 'Why', place: 'title', cell: ([code]) => errorCatalogue[code].title },
              { header: 'Code', place: 'meta', cell: ([code]) => <code>{code}</code> },
              { header: 'When', place: 'meta', cell: ([code]) => daysWith(usage, code) },
              { header: 'Requests', place: 'side', align: 'end', cell: ([, count]) => formatNumber(count) },
            ]}
          />
        </section>
      )}
    </>
  );
}

/** The first and the last day on which something was refused. */
function daysWith(usage: Usage, code: ErrorCode): string {
  const days = usage.days.filter(({ refusals }) => (refusals[code] ?? 0) > 0).map(({ day }) => day);
  return days.length > 1 ? `${days[0]} to ${days.at(-1)}` : (days[0] ?? '');
}
