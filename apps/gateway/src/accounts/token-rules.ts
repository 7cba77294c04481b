import { DomainError } from '@nexivo/bus/domain-error';
import type { ApiTokenEntity } from './api-token.entity.js';

/** A command about a token that does not fit the state it is in. */
export const refused = (code: string, message: string): DomainError =>
  DomainError.invalid({ field: 'id', code, message });

/**
 * What has ended stays ended: whoever has such a token may have got it by other ways than its owner.
 *
 * @throws DomainError `validation_failed` for a revoked or expired token
 */
export function refuseUnlessLive({ revoked_at, expires_at }: ApiTokenEntity, now: Date): void {
  if (revoked_at) throw refused('revoked', 'names a token that has been revoked; create another');
  if (expires_at && expires_at <= now) throw refused('expired', 'names a token that has expired; create another');
}

/** How long the token was meant to be valid when that was last decided on, in whole seconds; `null` is for ever. */
export function lifetimeMs({ expires_at, expiry_set_at, created_at }: ApiTokenEntity): number | null {
  if (!expires_at) return null;
  // Whoever asked for 30 days worked them out a few milliseconds before they were written.
  return Math.ceil((expires_at.getTime() - (expiry_set_at ?? created_at).getTime()) / 1_000) * 1_000;
}

/** When a rotated token ends: after the overlap, or when it would have anyway. */
export function endOfOverlap({ expires_at }: ApiTokenEntity, now: Date, overlapMs: number): Date {
  const end = new Date(now.getTime() + overlapMs);
  return expires_at && expires_at < end ? expires_at : end;
}
