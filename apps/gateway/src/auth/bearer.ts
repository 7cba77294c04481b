import { DomainError } from '@nexivo/bus/domain-error';
import { isWellFormedToken } from '../accounts/token.js';

/**
 * The token that a request carries.
 *
 * @throws DomainError `missing_token`; `invalid_token` if it cannot be one, which needs no I/O to see
 */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw new DomainError('missing_token');
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (!token) throw new DomainError('invalid_token', { detail: 'The Authorization header must be `Bearer <token>`.' });
  if (!isWellFormedToken(token)) throw new DomainError('invalid_token', { detail: 'The token is malformed.' });
  return token;
}
