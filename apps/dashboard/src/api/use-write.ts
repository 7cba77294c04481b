import { type ResponseOf, type Route, takesIdempotencyKey } from '@nexivo/contracts/route';
import { useMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { type Asked, ApiError, call, newKey } from './client.js';

/** Whether a write may have taken effect although no success was answered. */
export const mayHaveBeenSaved = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.code === undefined || error.code === 'service_unavailable' || error.code === 'service_timeout');

/** How often a write is sent again by itself, where its key makes that safe. */
const RETRIES = 2;

/**
 * A write. Sent again after an answer that leaves open what became of it, it carries the key of the first time.
 *
 * Its result is kept by the component alone and forgotten with it, for it may show a secret.
 */
export function useWrite<R extends Route>(
  route: R,
  onSuccess?: (result: ResponseOf<R>) => unknown,
): UseMutationResult<ResponseOf<R>, Error, Asked<R>> {
  const queries = useQueryClient();
  const sent = useRef<{ key: string; what: string }>(undefined);
  return useMutation<ResponseOf<R>, Error, Asked<R>>({
    gcTime: 0,
    retry: (failures, error) => failures < RETRIES && mayHaveBeenSaved(error) && takesIdempotencyKey(route),
    mutationFn: async (asked) => {
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
}
