import { type ResponseOf, type Route } from '@nexivo/contracts/route';
import { useMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { type Asked, ApiError, call, newKey } from './client.js';

/** Whether a write may have taken effect although no success was answered. */
export const mayHaveBeenSaved = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.code === undefined || error.code === 'service_unavailable' || error.code === 'service_timeout');

/** How often a write is sent again by itself, */
const RETRIES = 2;
/** and for how long it waits for that at most. */
const LONGEST_WAIT_S = 60;

/** Whether to send a write again by itself: it was refused for a moment only, or can be repeated without being done twice. */
const isWorthRepeating = (error: Error): boolean =>
  error instanceof ApiError &&
  (error.retryAfterS ?? 0) <= LONGEST_WAIT_S &&
  (error.problem?.status === 429 ? error.retryAfterS !== undefined : mayHaveBeenSaved(error) && error.isSafeToRepeat);

const waitMs = (failures: number, error: Error): number =>
  ((error instanceof ApiError && error.retryAfterS) || 2 ** failures) * 1_000;

/** A write, and what came of it. */
export type Write<R extends Route> = Pick<
  UseMutationResult<ResponseOf<R>, Error, Asked<R>>,
  'data' | 'error' | 'isPending' | 'isSuccess' | 'mutate' | 'reset'
>;

/**
 * A write. Sent again, by itself or by whoever tries again after an answer that leaves open what became of it, it carries the key of the
 * first time. `error` is there while it waits to be sent again, too. Once its component is gone it is not sent again.
 *
 * Its result is kept by the component alone and forgotten with it, for it may show a secret.
 */
export function useWrite<R extends Route>(route: R, onSuccess?: (result: ResponseOf<R>) => unknown): Write<R> {
  const queries = useQueryClient();
  const sent = useRef<{ key: string; what: string }>(undefined);
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  const mutation = useMutation<ResponseOf<R>, Error, Asked<R>>({
    gcTime: 0,
    retry: (failures, error) => failures < RETRIES && !isGone.current && isWorthRepeating(error),
    retryDelay: waitMs,
    mutationFn: async (asked) => {
      if (isGone.current) throw new ApiError(undefined);
      const what = JSON.stringify(asked);
      if (sent.current?.what !== what) sent.current = { key: newKey(), what };
      try {
        const result = await call(route, { ...asked, idempotencyKey: sent.current.key });
        sent.current = undefined;
        return result;
      } catch (error) {
        if (!mayHaveBeenSaved(error)) sent.current = undefined;
        throw error;
      }
    },
    onSuccess: async (result) => {
      await onSuccess?.(result);
      void queries.invalidateQueries();
    },
  });
  const { data, isPending, isSuccess, mutate, reset, failureReason } = mutation;
  return { data, isPending, isSuccess, mutate, reset, error: mutation.error ?? (isPending ? failureReason : null) };
}
