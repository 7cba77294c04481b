import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** A network: its address and the length of its prefix. */
export type Network = readonly [Address, number];

const network = (cidr: string): Network => ipaddr.parseCIDR(cidr);

/** NAT64's well-known prefix (RFC 6052): on networks without IPv4 it is how the public IPv4 Internet is reached. */
const NAT64 = network('64:ff9b::/96');
/** All that is assigned as global unicast so far (RFC 4291, section 2.4; IANA's IPv6 address space registry). */
const GLOBAL_UNICAST = network('2000::/3');

/**
 * Networks that webhooks must not reach although ipaddr.js may call them unicast. Most metadata services have link-local or
 * private addresses, which are refused anyway; they are listed so that this does not depend on a library.
 */
const REFUSED: readonly Network[] = [
  '168.63.129.16/32', // Azure's platform services: a public address that only answers inside
  '169.254.169.254/32', // metadata of AWS, GCP, Azure and many more
  '169.254.170.2/32', // credentials of AWS ECS tasks
  '100.100.100.200/32', // metadata of Alibaba Cloud
  '192.0.0.192/32', // metadata of Oracle Cloud
  'fd00:ec2::254/128', // metadata of AWS
  'fd20:ce::254/128', // metadata of GCP
  '0.0.0.0/8', // this network (RFC 1122)
  '100.64.0.0/10', // carrier-grade NAT (RFC 6598)
  '192.0.0.0/24', // IETF protocol assignments (RFC 6890)
  '192.88.99.0/24', // 6to4 relays (RFC 7526)
  '198.18.0.0/15', // benchmarks (RFC 2544)
  '2001:db8::/32', // documentation (RFC 3849)
  '3fff::/20', // documentation (RFC 9637)
  'fec0::/10', // site-local (RFC 3879)
].map(network);

/**
 * Parses an address. An IPv4 address inside an IPv6 address (mapped, or NAT64) counts as the IPv4 address. Nothing for text
 * that is no address, and for an address with a zone (`fe80::1%eth0`), which is never public.
 */
export function parseAddress(text: string): Address | undefined {
  if (isIP(text) === 0 || text.includes('%')) return undefined;
  const address = ipaddr.parse(text);
  if (address.kind() === 'ipv4') return address;
  const v6 = address as ipaddr.IPv6;
  if (v6.isIPv4MappedAddress()) return v6.toIPv4Address();
  return isIn(v6, NAT64) ? new ipaddr.IPv4(v6.toByteArray().slice(-4)) : v6;
}

/** Whether an address is in a network; one of the other kind is not. */
export const isIn = (address: Address, [base, bits]: Network): boolean =>
  address.kind() === base.kind() && address.match(base, bits);

/**
 * Whether an address is one of the public Internet: globally routed unicast, and nothing else.
 *
 * Tunnels (6to4, Teredo, ISATAP, IPv4-compatible addresses, local NAT64 prefixes) are refused whatever is inside: a gateway that
 * unwraps them would send to an address that nobody has looked at, and no receiver needs them.
 */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isPublic(address);
}

/** Like {@link isPublicAddress}, for an address from {@link parseAddress}. */
export function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || REFUSED.some((refused) => isIn(address, refused))) return false;
  return address.kind() === 'ipv4' || (isIn(address, GLOBAL_UNICAST) && !isIsatap(address as ipaddr.IPv6));
}

/** RFC 5214: the interface identifier is `0:5efe` or `200:5efe` and an IPv4 address. */
const isIsatap = ({ parts }: ipaddr.IPv6): boolean => (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
