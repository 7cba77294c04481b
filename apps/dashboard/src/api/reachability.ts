import { useSyncExternalStore } from 'react';

let isReachable = true;
const listeners = new Set<() => void>();

/** Notes whether the last request was answered by the API. */
export function noteReachability(answered: boolean): void {
  if (answered === isReachable) return;
  isReachable = answered;
  for (const listener of listeners) listener();
}

/** Whether the last request was answered by the API. */
export const useReachability = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isReachable,
  );
