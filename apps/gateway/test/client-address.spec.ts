import { describe, expect, test } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { networkOf } from '../src/accounts/network.js';
import { addressOf } from '../src/auth/outside.js';

describe('the address of a client', () => {
  const seen = (ip: string) => addressOf({ ip, socket: { remoteAddress: '10.0.0.1' } as FastifyRequest['socket'] });

  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:51234', '203.0.113.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:51234', '2001:db8::7'],
  ])('is what a proxy says, with or without a port: %s', (said, address) => {
    expect(seen(said)).toBe(address);
  });

  test.each(['unknown', '_hidden', '', '203.0.113.777', '203.0.113.7:51234:1', '[203.0.113.7', 'a'.repeat(1_000)])(
    "is the peer's where what a proxy says is no address: %j",
    (said) => {
      expect(seen(said)).toBe('10.0.0.1');
    },
  );
});

describe('the network that attempts are counted by', () => {
  test('is one for the whole /64 of an IPv6 address, however it is written', () => {
    const written = ['2001:db8:0:1::7', '2001:DB8::1:0:0:0:9', '2001:0db8:0000:0001:ffff::', '2001:db8:0:1::7%eth0'];
    expect(new Set(written.map(networkOf)).size).toBe(1);
    expect(networkOf('2001:db8:0:2::7')).not.toBe(networkOf('2001:db8:0:1::7'));
    expect(networkOf('::1')).not.toBe(networkOf('2001:db8::1'));
  });

  test('is the address for IPv4, also as servers that listen by IPv6 show it', () => {
    expect(networkOf('203.0.113.7')).toBe('203.0.113.7');
    expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7');
    expect(networkOf('203.0.113.8')).not.toBe(networkOf('203.0.113.7'));
  });
});
