import { SESSION_REQUESTS_PER_MINUTE } from '@nexivo/contracts/sessions';
import { DomainError } from '@nexivo/bus/domain-error';
import { LRUCache } from 'lru-cache';
import { toSeconds } from './rate-limit-headers.js';

const WINDOW_MS = 60_000;
const REMEMBERED = 20_000;

/**
 * Requests of each session in a minute that begins with its first. A person uses none of the account's quotas, so that he does not
 * starve what the account has built on the API; each gateway counts for itself.
 */
export class SessionQuota {
  private readonly windows = new LRUCache<string, { used: number; endsAt: number }>({ max: REMEMBERED });

  /** @throws DomainError `session_quota_exceeded` */
  take(sessionId: string, now = performance.now()): void {
    const window = this.windows.get(sessionId);
    if (!window || now >= window.endsAt) {
      this.windows.set(sessionId, { used: 1, endsAt: now + WINDOW_MS });
      return;
    }
    if (window.used >= SESSION_REQUESTS_PER_MINUTE) {
      const retryAfterS = Math.max(1, toSeconds(window.endsAt - now));
      const detail = `The session has used its ${SESSION_REQUESTS_PER_MINUTE} requests of this minute; try again in ${retryAfterS} s.`;
      throw new DomainError('session_quota_exceeded', { detail, retryAfterS });
    }
    window.used++;
  }
}
