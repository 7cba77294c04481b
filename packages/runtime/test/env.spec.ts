import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidEnvironment } from '@nexivo/bus/environment';
import { z } from 'zod';
import { flag, healthPort, integer, port, readEnv, secret, serviceEnv, traceEnv } from '../src/env.js';

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
      OTEL_TRACES_SAMPLER_ARG: 0.05,
      HEALTH_PORT: 0,
      HEALTH_HOST: '0.0.0.0',
    });
  });

  it('holds only what the service asked for', () => {
    expect(readEnv({ PORT: port }, { PORT: '80', PATH: '/bin', HOME: '/root' })).toEqual({ PORT: 80 });
  });

  it('takes where traces go to, with headers by percent-encoding, and quotes none of them', () => {
    const env = readEnv(traceEnv, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20YTpi, x-scope = a=b',
      OTEL_TRACES_SAMPLER_ARG: '.25',
    });
    expect(env).toEqual({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: { authorization: 'Basic YTpi', 'x-scope': 'a=b' },
      OTEL_TRACES_SAMPLER_ARG: 0.25,
    });
    const wrong = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'top-secret',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
    };
    expect(linesOf(traceEnv, wrong)).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL such as http://localhost:4318 (it is "collector:4318")',
      'OTEL_EXPORTER_OTLP_HEADERS: must be name=value, separated by commas',
      'OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1 (it is "1.5")',
    ]);
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

describe('a variable that is in a file', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nexivo-env-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const fileWith = (text: string): string => {
    const file = join(dir, 'secret');
    writeFileSync(file, text);
    return file;
  };

  it.each(['hunter2', 'hunter2\n', 'hunter2\r\n'])('is read without the line break at its end: %j', (text) => {
    expect(readEnv({ KEY: secret(z.string()) }, { KEY_FILE: fileWith(text) })).toEqual({ KEY: 'hunter2' });
  });

  it('keeps the spaces and line breaks that are inside', () => {
    expect(readEnv({ KEY: z.string() }, { KEY_FILE: fileWith(' a\nb \n') })).toEqual({ KEY: ' a\nb ' });
  });

  it('is checked like any other, and a secret is not quoted either', () => {
    const [line, ...others] = linesOf(serviceEnv, { NATS_URL: SOUND.NATS_URL, DATABASE_URL_FILE: fileWith('hunter2') });
    expect(others).toEqual([]);
    expect(line).toMatch(/^DATABASE_URL: must be a URL such as /);
    expect(line).not.toContain('hunter2');
  });

  it('counts as missing where the file is empty, and as not given where its name is', () => {
    expect(linesOf({ KEY: z.string() }, { KEY_FILE: fileWith('\n') })).toEqual(['KEY: is missing']);
    expect(readEnv({ KEY: z.string() }, { KEY: 'a', KEY_FILE: '' })).toEqual({ KEY: 'a' });
  });

  it('is refused beside the variable itself, and where the file cannot be read', () => {
    const shape = { KEY: z.string(), OTHER: z.string(), COUNT: integer(1, 5) };
    const away = join(dir, 'away');
    expect(linesOf(shape, { KEY: 'a', KEY_FILE: fileWith('b'), OTHER_FILE: away, COUNT: '7' })).toEqual([
      'KEY: is set beside KEY_FILE; one of them has to go',
      `OTHER_FILE: cannot be read (ENOENT, ${away})`,
      expect.stringMatching(/^COUNT: /),
    ]);
  });
});
