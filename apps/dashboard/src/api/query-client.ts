import { type DefaultError, MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.js';

const ENDED: readonly (string | undefined)[] = ['invalid_session', 'missing_token', 'invalid_token'];

/** Whether an error says that nobody is signed in any more. */
export const isSignedOut = (error: unknown): boolean => error instanceof ApiError && ENDED.includes(error.code);

/** What a new attempt may mend: nothing answered, or not in time. */
const isPassing = (error: DefaultError): boolean =>
  error instanceof ApiError && (error.code === undefined || error.code === 'service_unavailable');

/**
 * The cache of what the API has answered.
 *
 * @param onSignedOut told when an answer says that the session has ended
 */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: Error): void => void (isSignedOut(error) && onSignedOut());
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < 2 && isPassing(error),
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
