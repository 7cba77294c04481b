import { randomBytes } from 'node:crypto';
import { generateToken, isWellFormedToken } from '@nexivo/gateway/accounts/token';

/** Strings that are no tokens, in the ways in which that happens: a typing error, a cut, another product's, junk. */
export function malformedTokens(count: number): string[] {
  const mistakes = [
    (token: string) => token.slice(0, -1) + (token.endsWith('0') ? '1' : '0'),
    (token: string) => token.slice(0, -1),
    (token: string) => token.replace('nxv_live_', 'sk_live_'),
    () => randomBytes(24).toString('base64url'),
  ];
  const tokens = Array.from({ length: count }, (_, i) => mistakes[i % mistakes.length]!(generateToken()));
  const wellFormed = tokens.find(isWellFormedToken);
  if (wellFormed !== undefined) throw new Error(`${wellFormed} is well-formed`);
  return tokens;
}
