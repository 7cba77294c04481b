import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from '@jest/globals';
import { repositoryRoot } from '../src/paths.js';
import { serviceNames } from '../src/services.js';

/**
 * Where a service is told of beside the list in `services.ts`, in files that are no code, and what has to be there.
 * `NAME` is the service's name in capitals.
 */
const places: Record<string, (service: string, NAME: string, services: readonly string[]) => string[]> = {
  'apps/<service>/package.json': (service) => [`"name": "@nexivo/${service}"`],
  'packages/local/nats.conf': (service, NAME, services) => [
    `user: ${service}\n`,
    `password: $NATS_${NAME}_PASSWORD\n`,
    // The gateway commands every service but itself.
    `allow: [${commanded(services).join(', ')}, `,
    ...commanded([service]).map((subjects) => `subscribe: [${subjects}, "_INBOX_${service}.>"]`),
  ],
  'docker-compose.yml': (service, NAME) => [
    `  ${service}: &${service}\n    <<: *service\n    command: [apps/${service}/dist/main.js]\n`,
    `\n  ${service}-2: *${service}\n`,
    `DATABASE_URL: &${service}-database postgres://nexivo_${service}:\${POSTGRES_${NAME}_PASSWORD:?see .env.example}@`,
    `NATS_URL: nats://${service}:\${NATS_${NAME}_PASSWORD:?see .env.example}@`,
    `${NAME}_DATABASE_URL: *${service}-database\n`,
    `DATABASE_URL=$$${NAME}_DATABASE_URL node apps/${service}/dist/migrate.js\n`,
    `POSTGRES_${NAME}_PASSWORD: \${POSTGRES_${NAME}_PASSWORD:?see .env.example}\n`,
    `NATS_${NAME}_PASSWORD: \${NATS_${NAME}_PASSWORD:?see .env.example}\n`,
  ],
  Dockerfile: (_, __, services) => [`\nARG APPS="${services.join(' ')} admin"\n`],
  '.env.example': (_, NAME) => [`\nPOSTGRES_${NAME}_PASSWORD=\n`, `\nNATS_${NAME}_PASSWORD=\n`],
  'ARCHITECTURE.md': (service) => [`\n| ${service} | `],
  'e2e/package.json': (service) => [`"@nexivo/${service}": "*"`],
};

const commanded = (services: readonly string[]): string[] =>
  services.filter((name) => name !== 'gateway').map((name) => `"${name}.>"`);

const read = (file: string): string => {
  const path = join(repositoryRoot, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

/** What each place lacks of a service, as `<file> needs: <text>`. */
function missing(service: string, services: readonly string[]): string[] {
  return Object.entries(places).flatMap(([place, needs]) => {
    const file = place.replace('<service>', service);
    const text = read(file);
    return needs(service, service.toUpperCase(), services)
      .filter((needed) => !text.includes(needed))
      .map((needed) => `${file} needs: ${needed.trim()}`);
  });
}

describe('a service', () => {
  test.each(serviceNames)('%s is in every place that a service has to be in', (service) => {
    expect(missing(service, serviceNames)).toEqual([]);
  });

  it('that is in the list alone is missed by every place, and the recipe names them all', () => {
    const lacking = missing('documents', ['documents', ...serviceNames]);
    const files = Object.keys(places);
    for (const place of files) {
      const file = place.replace('<service>', 'documents');
      expect(lacking.filter((line) => line.startsWith(`${file} needs: `))).not.toEqual([]);
    }
    const recipe = /\*\*Add a service\.\*\*.*?\n\n/s.exec(read('CONTRIBUTING.md'))![0];
    expect(files.filter((file) => !recipe.includes(`\`${file}\``))).toEqual([]);
  });
});
