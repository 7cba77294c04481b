import { Button, Skeleton } from '@mantine/core';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { userRoutes } from '@nexivo/contracts/users';
import { type ReactNode, useEffect } from 'react';
import { ApiError } from '../api/client.js';
import { reading } from '../api/reading.js';
import { useCountdown } from './countdown.js';

/** Nothing there yet: what it is for, and the next step. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="state">
      <h2>{title}</h2>
      {children && <div className="state-text">{children}</div>}
      {action}
    </div>
  );
}

/** The way to do the same with the API. */
export function Curl({ children }: { children: string }) {
  return (
    <pre className="curl" tabIndex={0} aria-label="The same with curl">
      {children}
    </pre>
  );
}

/** Rows that are still to come, as high as they will be. */
export function LoadingRows({ rows = 5 }: { rows?: number }) {
  return (
    <div className="loading-rows" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={12} width={`${85 - ((row * 17) % 40)}%`} radius={4} />
      ))}
    </div>
  );
}

/** What went wrong, and the way on. */
export function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const { problem, retryAfterS } = error instanceof ApiError ? error : {};
  if (problem?.code === 'insufficient_scope' || problem?.code === 'insufficient_role')
    return <Forbidden detail={problem.detail} />;
  return (
    <div className="state" role="alert">
      <h2>{problem?.title ?? 'The API cannot be reached'}</h2>
      <p className="state-text">{problem?.detail ?? 'Nothing answers at the moment. What you see here is not lost.'}</p>
      {problem && (
        <p className="meta">
          Request <code>{problem.request_id}</code>
        </p>
      )}
      {problem?.status === 429 && retryAfterS !== undefined ? (
        <WaitingButton afterS={retryAfterS} onRetry={onRetry} />
      ) : (
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Counts down, and tries again by itself then. */
function WaitingButton({ afterS, onRetry }: { afterS: number; onRetry: () => void }) {
  const leftS = useCountdown(afterS);
  const isDue = leftS === 0;
  // Once: who tries again shows another one of these if it is refused again.
  useEffect(() => {
    if (isDue) onRetry();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a new function is no new reason
  }, [isDue]);
  return (
    <Button variant="default" onClick={onRetry}>
      Trying again {isDue ? '…' : `in ${leftS} s`}
    </Button>
  );
}

/** Which right is missing, and who can give it. */
function Forbidden({ detail }: { detail: string }) {
  const { data } = useQuery(reading(userRoutes.list, { query: { role: 'owner,admin', per_page: 5 } }));
  return (
    <div className="state">
      <h2>Your role does not allow this</h2>
      <p className="state-text">{detail}</p>
      {data && data.data.length > 0 && (
        <p className="state-text">
          Another role is given by {data.data.map(({ name, email }) => `${name} (${email})`).join(' or ')}.
        </p>
      )}
    </div>
  );
}

/** Shows what a query has answered, or why it has not. */
export function Loaded<Data>({
  query,
  children,
  rows = 5,
}: {
  query: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
  rows?: number;
}) {
  if (query.data !== undefined) {
    return <div className={query.isPlaceholderData ? 'outdated' : undefined}>{children(query.data)}</div>;
  }
  if (query.error) {
    return <Failure key={query.errorUpdateCount} error={query.error} onRetry={() => void query.refetch()} />;
  }
  return <LoadingRows rows={rows} />;
}
