import { isIP } from 'node:net';

/** An IPv4 address as servers that listen by IPv6 show it. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Whom an address stands for where attempts are counted. Whoever has one IPv6 address has the 2^64 of its network (RFC 4291, section
 * 2.5.4), so that is what counts.
 *
 * @param address IPv4 or IPv6; anything else stands for itself
 */
export function networkOf(address: string): string {
  const plain = MAPPED.exec(address)?.[1] ?? address.split('%')[0]!;
  if (isIP(plain) !== 6) return plain;
  // In one form, whoever has written it: groups without leading zeros, the longest run of zeros as `::`.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - groups.length - rest.length }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}
