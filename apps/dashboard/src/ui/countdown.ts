import { useEffect, useState } from 'react';

/** Seconds that are left of a time that begins when the component does; 0 when it is over. */
export function useCountdown(seconds: number): number {
  const [endsAt] = useState(() => performance.now() + seconds * 1_000);
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    if (left <= 0) return undefined;
    const timer = setTimeout(() => setLeft(Math.max(0, Math.ceil((endsAt - performance.now()) / 1_000))), 1_000);
    return () => clearTimeout(timer);
  }, [left, endsAt]);
  return left;
}
