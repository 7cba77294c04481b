import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'long' });
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;
const DAYS_RELATIVE = 30;
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const TICK_MS = 15_000;

function inWords(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  if (Math.abs(seconds) > DAYS_RELATIVE * 86_400) return date.format(at);
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const);
  if (unit === 'second' && Math.abs(seconds) < 10) return seconds > 0 ? 'in a moment' : 'just now';
  return relative.format(Math.round(seconds / length), unit);
}

/**
 * A time, relative to now, with the exact one in the reader's zone on hover and focus.
 *
 * @param props.over what it says once the time is over, for one that is expected
 */
export function Time({ at, over }: { at: string; over?: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Tooltip label={exact.format(new Date(at))}>
      <time dateTime={at}>{over !== undefined && Date.parse(at) <= now ? over : inWords(Date.parse(at), now)}</time>
    </Tooltip>
  );
}

const number = new Intl.NumberFormat();
/** A number as the reader writes it. */
export const formatNumber = (value: number): string => number.format(value);

/** `3 deliveries`, `1 delivery`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${formatNumber(count)} ${count === 1 ? one : many}`;
