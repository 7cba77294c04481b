import { type LookupAddress } from 'node:dns';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type AddressInfo, createServer, isIPv6, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError } from '@nexivo/bus/domain-error';
import ipaddr from 'ipaddr.js';
import { Dialer } from '../src/sender/dial.js';
import { isPublicAddress } from '../src/sender/public-address.js';
import { type Addresses, type Resolve, systemResolve } from '../src/sender/resolver.js';
import { TargetGuard, type TargetRules } from '../src/sender/target-guard.js';

const STRICT: TargetRules = { allowInsecure: false, allowlist: [] };
const PUBLIC = '93.184.215.14';

const addresses = (...list: string[]): Addresses =>
  list.map((address): LookupAddress => ({ address, family: isIPv6(address) ? 6 : 4 })) as [LookupAddress];
const resolvesTo =
  (...list: string[]): Resolve =>
  () =>
    Promise.resolve(addresses(...list));
const unknownHost: Resolve = () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }));

/** Everything that comes to this machine on one port, over IPv4 and IPv6, is counted. */
let trap: Server;
let port: number;
let connections = 0;
/** Sockets that this process has made to connect somewhere. */
let sockets = 0;
const countSocket = (): void => {
  sockets++;
};
const dialers: Dialer[] = [];

beforeAll(async () => {
  trap = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    trap.listen({ port: 0, host: '::', ipv6Only: false }, resolve);
  });
  ({ port } = trap.address() as AddressInfo);
  subscribe('net.client.socket', countSocket);
});
afterEach(async () => {
  await Promise.all(dialers.splice(0).map((dialer) => dialer.close()));
  connections = 0;
  sockets = 0;
});
afterAll(async () => {
  unsubscribe('net.client.socket', countSocket);
  await new Promise((resolve) => {
    trap.close(resolve);
  });
});

function dial(guard: TargetGuard, url: string) {
  const dialer = new Dialer(guard, { deadlineMs: 2_000 });
  dialers.push(dialer);
  return dialer.post({ url, headers: {}, body: Buffer.from('{}') });
}

const refusal = expect.objectContaining({
  code: 'validation_failed',
  errors: [{ field: 'url', code: 'target_not_allowed', message: expect.any(String) }],
});

/** Hosts as they can be written in a URL. Those that mean this machine would be counted if they were dialled. */
const HOSTS = [
  // Loopback, in every spelling of IPv4 that programs have ever understood
  '127.0.0.1',
  '127.0.0.2',
  '127.255.255.254',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7F.0.0.1',
  '0x7f.1',
  '0177.0.0.1',
  '0177.0.0.01',
  '017700000001',
  '127.0.0.1.',
  '%31%32%37.0.0.1',
  '127%2E0%2E0%2E1',
  '１２７.０.０.１',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '127．0．0．1',
  '0',
  '0.0.0.0',
  '0.0.0.1',
  '0x0',
  // The same in IPv6, as it is and with IPv4 inside
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::FFFF:7F00:1]',
  '[0:0:0:0:0:ffff:7f00:0001]',
  '[::ffff:0.0.0.0]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[64:ff9b:1:7f00:0:100::]',
  '[2002:7f00:1::]',
  '[2002:7f00:1::1]',
  '[2001:0:4136:e378:8000:63bf:80ff:fffe]',
  '[2a00:1450:4001:81b:0:5efe:7f00:1]',
  '[2a00:1450:4001:81b:200:5efe:127.0.0.1]',
  // Private networks
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.168.255.255',
  '100.64.0.1',
  '100.127.255.254',
  '[fc00::1]',
  '[fd12:3456:789a::1]',
  '[::ffff:10.0.0.1]',
  '[64:ff9b::192.168.0.1]',
  '[2002:c0a8:1::]',
  // Link-local and site-local
  '169.254.0.1',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  // Metadata of clouds
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
  '[::ffff:169.254.169.254]',
  '[::ffff:a83f:8110]',
  '[64:ff9b::a9fe:a9fe]',
  // Multicast, reserved, for documentation and benchmarks
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '[ff02::1]',
  '[ff0e::1]',
  '[100::1]',
  '[2001:db8::1]',
  '[2001:2::1]',
  '[2001:10::1]',
  '[2001:20::1]',
  '[3fff::1]',
  '[4000::1]',
  '[5f00::1]',
  '[::2:3:4]',
];

/** URLs that are refused for something else. */
const URLS = [
  'http://example.com',
  'http://127.0.0.1',
  'ftp://example.com',
  'file:///etc/passwd',
  'gopher://example.com',
  'ws://example.com',
  'data:text/plain,x',
  'javascript:1',
  'unix:/var/run/docker.sock',
  'https://user@example.com',
  'https://user:password@example.com',
  'https://:password@example.com',
  'https://example.com@127.0.0.1',
  'https://127.0.0.1\\@example.com',
  'https://[fe80::1%25lo]',
  'https://[::1%25lo]',
  'https://example.com:99999',
  'https://exa mple.com',
  'https://',
  'example.com',
  '',
];

/** Names, by what they resolve to. */
const NAMES: readonly (readonly [name: string, ...addresses: string[]])[] = [
  ['loopback', '127.0.0.1'],
  ['loopback over IPv6', '::1'],
  ['loopback, mapped', '::ffff:127.0.0.1'],
  ['loopback behind NAT64', '64:ff9b::7f00:1'],
  ['all interfaces', '0.0.0.0'],
  ['a private network', '10.1.2.3'],
  ['link-local with a zone', 'fe80::1%lo'],
  ['a public address with a zone', '2606:2800:21f:cb07:6820:80da:af6b:8b2c%lo'],
  ['metadata', '169.254.169.254'],
  ['public first, then loopback', PUBLIC, '127.0.0.1'],
  ['loopback first, then public', '127.0.0.1', PUBLIC],
  ['public over IPv4, loopback over IPv6', PUBLIC, '::1'],
  ['public over IPv6, private over IPv4', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '192.168.1.1'],
  ['many public, one not', ...Array<string>(20).fill(PUBLIC), '127.0.0.1'],
  ['what is no address', 'localhost'],
  ['an odd spelling of loopback', '0177.0.0.1'],
];

describe('no socket is opened to', () => {
  const guard = new TargetGuard(STRICT, () => Promise.reject(new Error('an address was looked up')));

  it.each(HOSTS)('https://%s', async (host) => {
    const url = `https://${host}:${port}/hook`;
    const { failure, sentAt, status } = await dial(guard, url);
    expect({ code: failure?.code, sentAt, status }).toEqual({
      code: 'target_not_allowed',
      sentAt: undefined,
      status: undefined,
    });
    await expect(guard.check(url)).rejects.toEqual(refusal);
    expect({ connections, sockets }).toEqual({ connections: 0, sockets: 0 });
  });

  it.each(URLS)('%j', async (url) => {
    expect((await dial(guard, url)).failure?.code).toBe('target_not_allowed');
    await expect(guard.check(url)).rejects.toBeInstanceOf(DomainError);
    expect({ connections, sockets }).toEqual({ connections: 0, sockets: 0 });
  });

  it.each(NAMES)('a host that resolves to %s', async (_, ...list) => {
    const named = new TargetGuard(STRICT, resolvesTo(...list));
    const url = `https://receiver.test:${port}/hook`;
    const { failure, sentAt } = await dial(named, url);
    expect({ code: failure?.code, sentAt }).toEqual({ code: 'target_not_allowed', sentAt: undefined });
    await expect(named.check(url)).rejects.toEqual(refusal);
    expect(connections).toBe(0);
  });

  it.each(['localhost', 'LOCALHOST', 'localhost.'])('%s, as the system resolves it', async (host) => {
    const system = new TargetGuard(STRICT, systemResolve());
    // Whether it knows the name with a dot is the system's business.
    expect((await dial(system, `https://${host}:${port}/`)).failure?.code).toMatch(/target_not_allowed|dns_failed/);
    expect(connections).toBe(0);
  });
});

describe('a name that changes its mind', () => {
  it('after registration is refused when it is dialled', async () => {
    let answer = addresses(PUBLIC);
    const guard = new TargetGuard(STRICT, () => Promise.resolve(answer));
    const url = `https://receiver.test:${port}/hook`;
    await expect(guard.check(url)).resolves.toBeUndefined();
    answer = addresses('127.0.0.1');
    expect((await dial(guard, url)).failure?.code).toBe('target_not_allowed');
    expect(connections).toBe(0);
  });

  it('is looked up once for a connection, so there is nothing between check and use', async () => {
    const answers = [addresses('127.0.0.1'), addresses('169.254.169.254')];
    let lookups = 0;
    const guard = new TargetGuard({ ...STRICT, allowlist: [ipaddr.parseCIDR('127.0.0.1/32')] }, () =>
      Promise.resolve(answers[lookups++]!),
    );
    await dial(guard, `https://receiver.test:${port}/hook`);
    expect({ lookups, connections }).toEqual({ lookups: 1, connections: 1 });
  });
});

describe('what the owner of a webhook is told', () => {
  it('names no address of the network that the host resolved to', async () => {
    const guard = new TargetGuard(STRICT, resolvesTo('10.20.30.40'));
    const { failure } = await dial(guard, 'https://intranet.test/');
    expect(failure?.detail).toBe('the URL must not name a host that has an address that is not public');
    await guard.check('https://intranet.test/').catch((error: DomainError) => {
      expect(JSON.stringify(error.errors)).not.toContain('10.20');
    });
    expect.assertions(2);
  });
});

describe('registration', () => {
  it('takes a host that resolves to public addresses only', async () => {
    const guard = new TargetGuard(STRICT, resolvesTo(PUBLIC, '2606:2800:21f:cb07:6820:80da:af6b:8b2c'));
    await expect(guard.check('https://example.com/hook?a=b')).resolves.toBeUndefined();
  });

  it('takes a host that nobody knows yet: every attempt looks again', async () => {
    await expect(new TargetGuard(STRICT, unknownHost).check('https://example.com/')).resolves.toBeUndefined();
  });

  it('does not wait for a look-up that never ends', async () => {
    const never: Resolve = () => new Promise(() => undefined);
    await expect(new TargetGuard(STRICT, never).check('https://example.com/')).resolves.toBeUndefined();
  });
});

describe('the operator', () => {
  it('can allow networks, and nothing beside them', async () => {
    const guard = new TargetGuard(
      { ...STRICT, allowlist: ['10.1.0.0/16', 'fd00:1::/32'].map((cidr) => ipaddr.parseCIDR(cidr)) },
      unknownHost,
    );
    await expect(guard.check('https://10.1.2.3/')).resolves.toBeUndefined();
    await expect(guard.check('https://[::ffff:10.1.2.3]/')).resolves.toBeUndefined();
    await expect(guard.check('https://[fd00:1::5]/')).resolves.toBeUndefined();
    await expect(guard.check('https://10.2.0.1/')).rejects.toEqual(refusal);
    await expect(guard.check('https://[fd00:2::5]/')).rejects.toEqual(refusal);
    await expect(guard.check('https://169.254.169.254/')).rejects.toEqual(refusal);
    await expect(guard.check('http://10.1.2.3/')).rejects.toEqual(refusal);
  });

  it('can allow http and every address, but no credentials and no other scheme', async () => {
    const guard = new TargetGuard({ ...STRICT, allowInsecure: true }, resolvesTo('127.0.0.1'));
    await expect(guard.check('http://127.0.0.1/')).resolves.toBeUndefined();
    await expect(guard.check('http://receiver.test/')).resolves.toBeUndefined();
    await expect(guard.check('http://user:password@receiver.test/')).rejects.toEqual(refusal);
    await expect(guard.check('ftp://receiver.test/')).rejects.toEqual(refusal);
  });
});

it.each([
  '1.1.1.1',
  '8.8.8.8',
  PUBLIC,
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '169.253.255.255',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '168.63.129.15',
  '168.63.129.17',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});
