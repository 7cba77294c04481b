import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { flag, healthPort, integer, InvalidEnvironment, port, readEnv, secret, serviceEnv } from '../src/env.js';

const SOUND = { DATABASE_URL: 'postgres://u:p@db:5432/d', NATS_URL: 'nats://u:p@bus:4222' };

/** What a wrong environment is refused with, line by line. */
function linesOf(shape: z.ZodRawShape, source: Record<string, string | undefined>): string[] {
  try {
    readEnv(shape, source);
  } catch (error) {
    if (error instanceof InvalidEnvironment) return error.message.split('\n');
    throw error;
  }
  throw new Error('the environment was accepted');
}

describe('the environment of a service', () => {
  it('needs no more than its database and its bus; the rest has defaults', () => {
    expect(readEnv({ ...serviceEnv, ...healthPort }, SOUND)).toEqual({
      DATABASE_URL: SOUND.DATABASE_URL,
      DATABASE_POOL_SIZE: 10,
      DATABASE_CONNECT_TIMEOUT_S: 5,
      COMMANDS_AT_ONCE: 2_000,
      NATS_URL: [SOUND.NATS_URL],
      LOG_LEVEL: 'info',
      HEALTH_PORT: 0,
      HEALTH_HOST: '0.0.0.0',
    });
  });

  it('holds only what the service asked for', () => {
    expect(readEnv({ PORT: port }, { PORT: '80', PATH: '/bin', HOME: '/root' })).toEqual({ PORT: 80 });
  });

  it('takes several servers of the bus, with spaces around them', () => {
    const { NATS_URL } = readEnv(serviceEnv, { ...SOUND, NATS_URL: 'nats://u:p@a:4222, tls://b:4222' });
    expect(NATS_URL).toEqual(['nats://u:p@a:4222', 'tls://b:4222']);
  });

  it('takes several hosts of the database, and an address to listen on by IPv4 or IPv6', () => {
    const DATABASE_URL = 'postgres://u:p@a:5432,b:5433/d?target_session_attrs=read-write';
    expect(readEnv(serviceEnv, { ...SOUND, DATABASE_URL })).toMatchObject({ DATABASE_URL });
    for (const HEALTH_HOST of ['127.0.0.1', '::1', '::'])
      expect(readEnv(healthPort, { HEALTH_HOST })).toMatchObject({ HEALTH_HOST });
    expect(linesOf(healthPort, { HEALTH_HOST: 'localhost' })).toEqual([
      expect.stringMatching(/^HEALTH_HOST: must be an address/),
    ]);
  });

  it('counts an empty value as missing: a default applies, and without one it is refused', () => {
    expect(readEnv({ PORT: port.default(3000) }, { PORT: '' })).toEqual({ PORT: 3000 });
    expect(linesOf({ PORT: port }, { PORT: '' })).toEqual(['PORT: is missing']);
  });
});

describe('a wrong environment', () => {
  it('is refused with one line for each variable, however many things are wrong of it', () => {
    expect(
      linesOf(
        { ...serviceEnv, ...healthPort },
        { DATABASE_POOL_SIZE: '0', NATS_URL: 'a,b,c', LOG_LEVEL: 'loud', HEALTH_PORT: '65536' },
      ),
    ).toEqual([
      'DATABASE_URL: is missing',
      expect.stringMatching(/^DATABASE_POOL_SIZE: .*\(it is "0"\)$/),
      'NATS_URL: must be a URL such as nats://user:password@host:4222',
      expect.stringMatching(/^LOG_LEVEL: .*"fatal".*\(it is "loud"\)$/),
      expect.stringMatching(/^HEALTH_PORT: .*\(it is "65536"\)$/),
    ]);
  });

  it.each([
    ['DATABASE_URL', 'mysql://u:hunter2@db/d'],
    ['DATABASE_URL', 'hunter2'],
    ['NATS_URL', 'http://u:hunter2@bus'],
    ['NATS_URL', 'nats://u:p@a:4222,hunter2'],
  ])('never quotes the value of the secret %s: %s', (name, value) => {
    const [line, ...others] = linesOf(serviceEnv, { ...SOUND, [name]: value });
    expect(others).toEqual([]);
    expect(line).toMatch(new RegExp(`^${name}: must be a URL such as `));
    expect(line).not.toContain('hunter2');
  });

  it('never quotes a secret that the service itself has marked', () => {
    const KEY = secret(z.string().min(100, 'is too short'));
    expect(linesOf({ KEY }, { KEY: 'hunter2' })).toEqual(['KEY: is too short']);
  });

  it.each(['1.5', '-1', '1e3', '0x10', ' 1', 'one', '9'.repeat(30)])('does not take %j for a whole number', (value) => {
    expect(linesOf({ COUNT: integer(1, 1_000) }, { COUNT: value })).toHaveLength(1);
  });

  it.each(['1', 'yes', 'TRUE', 'on'])('does not take %j for true or false', (value) => {
    expect(linesOf({ FLAG: flag }, { FLAG: value })).toHaveLength(1);
  });
});

it('reads true and false', () => {
  expect(readEnv({ A: flag, B: flag }, { A: 'true', B: 'false' })).toEqual({ A: true, B: false });
});
