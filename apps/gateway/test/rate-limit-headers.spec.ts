import { expect, it } from '@jest/globals';
import { rateLimitHeaders } from '../src/auth/rate-limit-headers.js';

it('a reset is dated by the clock of the database, whatever the gateway takes the time for', () => {
  const midnight = Date.parse('2031-05-02T00:00:00Z');
  const state = {
    atMs: midnight - 90_000,
    minute: { limit: 60, used: 1, resetsInMs: 60_000 },
    day: { limit: 100, used: 100, resetsInMs: 90_000 },
  };
  expect(rateLimitHeaders(state)['x-ratelimit-reset']).toBe(String(midnight / 1_000));
});
