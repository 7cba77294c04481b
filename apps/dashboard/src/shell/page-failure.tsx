import type { ErrorComponentProps } from '@tanstack/react-router';
import { useRouter } from '@tanstack/react-router';
import { Failure } from '../ui/states.js';
import { BarePage } from './bare-page.js';

/** Shown where a page cannot be shown at all. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <BarePage title="Not now">
      <Failure
        error={error as Error}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </BarePage>
  );
}
