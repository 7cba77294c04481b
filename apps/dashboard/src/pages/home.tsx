import { Button } from '@mantine/core';
import { tokenRoutes } from '@nexivo/contracts/tokens';
import { userRoutes } from '@nexivo/contracts/users';
import { webhookRoutes } from '@nexivo/contracts/webhooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { reading } from '../api/reading.js';
import { useMe } from '../shell/me.js';
import { Page } from '../shell/page.js';
import { CheckIcon } from '../ui/icons.js';
import { QuotaMeters } from '../ui/quota-meter.js';
import { Curl, LoadingRows } from '../ui/states.js';
import { formatNumber } from '../ui/time.js';
import { basePath } from '../shell/base-path.js';

const one = { per_page: 1 };

/** The first steps, and then the account at a glance. */
export function HomePage() {
  const { account, scopes, quotas, user } = useMe();
  const sees = (scope: (typeof scopes)[number]): boolean => scopes.includes(scope);
  const tokens = useQuery(reading(tokenRoutes.list, { query: { ...one, status: 'active' } }));
  const webhooks = useQuery({ ...reading(webhookRoutes.list, { query: one }), enabled: sees('webhooks:read') });
  const people = useQuery(reading(userRoutes.list, { query: one }));
  const steps = [
    {
      isDone: (totalOf(tokens.data) ?? 0) > 0,
      is: sees('tokens:write'),
      to: '/account/api-tokens',
      title: 'Create an API token',
      text: 'A program sends it with every request.',
    },
    {
      isDone: (totalOf(webhooks.data) ?? 0) > 0,
      is: sees('webhooks:write'),
      to: '/account/api-tokens/webhooks',
      title: 'Register a webhook',
      text: 'Your URL is told of what happens, signed and tried again until it answers.',
    },
    {
      isDone: (totalOf(people.data) ?? 0) > 1,
      is: sees('users:write'),
      to: '/account/people',
      title: 'Invite a colleague',
      text: 'You get a link to hand over. No mail is sent.',
    },
  ].filter(({ is }) => is);
  const isLoading = tokens.isPending || people.isPending || (webhooks.isPending && webhooks.isEnabled);
  const isSetUp = steps.every(({ isDone }) => isDone);
  return (
    <Page title="Home" heading={user ? `Hello, ${user.name.split(' ', 1)[0]}` : 'Home'}>
      {isLoading && <LoadingRows rows={4} />}
      {!isLoading && !isSetUp && (
        <section aria-label="First steps">
          <ol className="steps">
            {steps.map(({ to, title, text, isDone }) => (
              <li key={to} className="step" data-done={isDone}>
                <span className="step-mark">{isDone && <CheckIcon size={14} />}</span>
                <span className="step-text">
                  <strong>
                    {title}
                    {isDone && <span className="visually-hidden"> (done)</span>}
                  </strong>
                  <span className="meta">{text}</span>
                </span>
                <Button component={Link} to={to} variant="default" size="xs">
                  {isDone ? 'Look' : 'Begin'}
                </Button>
              </li>
            ))}
          </ol>
        </section>
      )}
      <section className="section" data-first={isSetUp}>
        <h2>{account.name} at a glance</h2>
        <div className="glance">
          <Figure to="/account/api-tokens" one="active token" value={totalOf(tokens.data)} />
          {sees('webhooks:read') && (
            <Figure to="/account/api-tokens/webhooks" one="webhook" value={totalOf(webhooks.data)} />
          )}
          <Figure to="/account/people" one="person" many="people" value={totalOf(people.data)} />
        </div>
        {quotas ? (
          <QuotaMeters quotas={quotas} />
        ) : (
          <p className="state-text">
            The Starter plan has no API access; see <Link to="/account/plan">the plans</Link>.
          </p>
        )}
      </section>
      {quotas && (
        <section className="section">
          <h2>The first request</h2>
          <Curl>{`curl ${location.origin + basePath}/ats/api/v1/candidates -H "Authorization: Bearer YOUR_TOKEN"`}</Curl>
        </section>
      )}
    </Page>
  );
}

/** How many there are on all pages of a list that was asked for by number. */
const totalOf = (page: { meta: { total: number } | object } | undefined): number | undefined =>
  page && 'total' in page.meta ? page.meta.total : undefined;

function Figure({
  to,
  one,
  many = `${one}s`,
  value,
}: {
  to: string;
  one: string;
  many?: string;
  /** Unknown until it is read. */
  value: number | undefined;
}) {
  return (
    <Link to={to} className="figure">
      <span className="figure-value">{value === undefined ? '–' : formatNumber(value)}</span>
      <span className="meta">{value === 1 ? one : many}</span>
    </Link>
  );
}
