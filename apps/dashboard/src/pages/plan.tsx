import { Button } from '@mantine/core';
import { accountRoutes, type PlanDetails } from '@nexivo/contracts/account';
import type { Plan } from '@nexivo/contracts/accounts';
import { useQuery } from '@tanstack/react-query';
import { reading } from '../api/reading.js';
import { useMe } from '../shell/me.js';
import { Page, useTitle } from '../shell/page.js';
import { Wordmark } from '../shell/wordmark.js';
import { Loaded } from '../ui/states.js';
import { formatNumber } from '../ui/time.js';
import { basePath } from '../shell/base-path.js';

const plansQuery = reading(accountRoutes.plans, {});

/** The plan of the account, beside the others. */
export function PlanPage() {
  const { account } = useMe();
  return (
    <Page title="Plan">
      <p className="lead">Quotas count for all tokens of the account together. People in the dashboard use none.</p>
      <Plans current={account.plan} />
    </Page>
  );
}

/** The plans, for everybody. */
export function PricingPage() {
  useTitle('Pricing');
  return (
    <main className="public">
      <header className="public-header">
        <a href={`${basePath}/`} className="home-link" aria-label="NexivoHR, home">
          <Wordmark />
        </a>
        <nav aria-label="Main">
          <a href={`${basePath}/docs`}>API reference</a>
          <a href={`${basePath}/sign-in`}>Sign in</a>
        </nav>
      </header>
      <div className="public-title">
        <h1>Pricing</h1>
        <p>The API is available on Professional and Enterprise plans.</p>
      </div>
      <Plans />
    </main>
  );
}

function Plans({ current }: { current?: Plan }) {
  return (
    <Loaded query={useQuery(plansQuery)}>
      {({ data, contact_sales_url: url }) => (
        <>
          <ul className="plans">
            {data.map((plan) => (
              <PlanCard key={plan.id} plan={plan} isCurrent={plan.id === current} />
            ))}
          </ul>
          <div className="contact">
            {url === null ? (
              <p className="state-text">For another plan ask whoever runs this installation.</p>
            ) : (
              <>
                <p className="state-text">Want API access, or more of it?</p>
                <Button component="a" href={url} variant="default">
                  Contact sales
                </Button>
              </>
            )}
          </div>
          <p className="meta">
            Whoever is over a limit gets <code>429 Too Many Requests</code> with <code>Retry-After</code>; see{' '}
            <a href={`${basePath}/docs`}>the reference</a>.
          </p>
        </>
      )}
    </Loaded>
  );
}

function PlanCard({ plan, isCurrent }: { plan: PlanDetails; isCurrent: boolean }) {
  return (
    <li className="plan" data-current={isCurrent}>
      <h2>
        {plan.name}
        {isCurrent && <span className="plan-current">Your plan</span>}
      </h2>
      {plan.has_api_access ? (
        <dl>
          <div>
            <dt>requests per minute</dt>
            <dd>{formatNumber(plan.requests_per_minute ?? 0)}</dd>
          </div>
          <div>
            <dt>requests per day</dt>
            <dd>{formatNumber(plan.requests_per_day ?? 0)}</dd>
          </div>
        </dl>
      ) : (
        <p className="plan-none">No API access</p>
      )}
    </li>
  );
}
