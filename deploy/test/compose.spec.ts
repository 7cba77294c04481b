import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from '@jest/globals';
import { AUTH_CONNECTIONS } from '@nexivo/gateway/auth/auth-store';
import { repositoryRoot } from '@nexivo/local/paths';
import { serviceNames } from '@nexivo/local/services';
import { connectionsForReads } from '@nexivo/store/bounded-reads';
import { DELIVERY_CONNECTIONS } from '@nexivo/webhooks/queue/delivery.store';
import { parse } from 'yaml';

interface Container {
  image: string;
  build?: { args: Record<string, string> };
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string | null>;
  mem_limit?: string;
  cpus?: string | number;
  ports?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  profiles?: string[];
  restart?: string;
  logging?: { driver: string; options: Record<string, string> };
  stop_grace_period?: string;
  healthcheck?: { test?: unknown; disable?: boolean };
}

const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');
const { services: containers } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Container>;
};
const replicas = serviceNames.flatMap((service) => [service, `${service}-2`]);
const ours = [...replicas, 'migrate', 'admin'];
/** What a variable is if nobody sets it. */
const withDefaults = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
const { version } = JSON.parse(read('package.json')) as { version: string };
const names = Object.keys(containers);

describe('docker-compose.yml', () => {
  it('has one image for everything that is ours, of the version of this repository, and builds it once', () => {
    expect(new Set(ours.map((name) => withDefaults(containers[name]!.image)))).toEqual(
      new Set([`nexivohr:${version}`]),
    );
    expect(names.filter((name) => containers[name]!.build)).toEqual(['migrate']);
    expect(withDefaults(containers['migrate']!.build!.args['VERSION']!)).toBe(version);
  });

  test.each(serviceNames)('has two replicas of %s that differ in nothing', (service) => {
    expect(containers[service]).toEqual(containers[`${service}-2`]);
    expect(read('docker/Caddyfile')).toContain(' gateway:3000 gateway-2:3000 ');
    expect(containers[service]).toMatchObject({
      command: [`apps/${service}/dist/main.js`],
      restart: 'unless-stopped',
      stop_grace_period: '30s',
    });
  });

  it('shows the world the proxy alone, and this machine what is for its operators', () => {
    const published = names.flatMap((name) =>
      (containers[name]!.ports ?? []).map((port) => [name, withDefaults(port)]),
    );
    const toTheWorld = published.filter(([, port]) => !port!.startsWith('127.0.0.1:'));
    expect(toTheWorld).toEqual([
      ['proxy', '80:80'],
      ['proxy', '443:443'],
      ['proxy', '443:443/udp'],
    ]);
  });

  test.each(names.filter((name) => name !== 'postgres'))('lets %s do nothing beside its work', (name) => {
    expect(containers[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });

  test.each(names)('keeps the log of %s small', (name) => {
    expect(containers[name]!.logging).toMatchObject({ options: { 'max-size': '20m', 'max-file': '5' } });
  });

  test.each(names.filter((name) => !['migrate', 'admin'].includes(name)))('bounds the memory of %s', (name) => {
    expect(withDefaults(containers[name]!.mem_limit!)).toMatch(/^\d+[mg]$/);
  });

  test.each(replicas)('bounds the processors of %s, and looks at its health without starting Node', (name) => {
    expect(withDefaults(String(containers[name]!.cpus))).toBe('1');
    expect(containers[name]!.healthcheck).toBeUndefined();
    expect(read('Dockerfile')).toContain('CMD ["healthy"]');
    expect(read('docker/healthy')).toMatch(/^#!\/bin\/bash\n/);
  });

  it('has room in Postgres for all connections of all replicas, a migrate step and three of operators', () => {
    const flags = (containers['postgres']!.command as string[]).map(withDefaults);
    const max = Number(/^--max_connections=(\d+)$/m.exec(flags.join('\n'))![1]);
    const pool = 10;
    const others: Record<string, number> = { gateway: AUTH_CONNECTIONS, webhooks: DELIVERY_CONNECTIONS };
    const needed = replicas
      .map((name) => name.replace('-2', ''))
      .map((service) => pool + 1 + connectionsForReads(pool) + (others[service] ?? 0));
    const sum = needed.reduce((a, b) => a + b);
    expect(sum).toBe(166);
    expect(read('docs/operate-postgres.md')).toContain(`two are ${sum}, as docker-compose.yml has them`);
    expect(sum + 3 + 3 + 3).toBeLessThanOrEqual(max);
  });

  it('has every variable that it reads in .env.example, and no other is there', () => {
    const used = new Set([...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name!));
    for (const { environment = {} } of Object.values(containers)) {
      for (const [name, value] of Object.entries(environment)) if (value === null) used.add(name);
    }
    const offered = new Set([...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name!));
    used.delete('NEXIVOHR_REVISION');
    expect([...offered].toSorted()).toEqual([...used].toSorted());
  });
});
