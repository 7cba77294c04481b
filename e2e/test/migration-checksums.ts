import { createHash } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A checksum for each migration, by `<service>/<migration>`. */
export type Checksums = Readonly<Record<string, string>>;

/**
 * The SHA-256 of the statements that a migration issues, there and back, the helpers that it calls included. How the code is
 * written does not count: comments, names of functions, blanks.
 */
export async function checksumOf(migration: MigrationInterface): Promise<string> {
  const statements = [await statementsOf(migration, 'up'), await statementsOf(migration, 'down')];
  return createHash('sha256').update(JSON.stringify(statements)).digest('hex');
}

const EMPTY_ROW: unknown = new Proxy({}, { get: () => '' });

async function statementsOf(migration: MigrationInterface, direction: 'up' | 'down'): Promise<string[]> {
  const statements: string[] = [];
  const recorder = {
    // The first query finds a row with empty texts, so that what is written for each batch of rows is recorded once.
    query: (text: string): Promise<unknown[]> => {
      const isFirstQuery = isSelect(text) && !statements.some(isSelect);
      statements.push(text.replaceAll(/\s+/g, ' ').trim());
      return Promise.resolve(isFirstQuery ? [EMPTY_ROW] : []);
    },
  };
  await migration[direction](recorder as unknown as QueryRunner);
  return statements;
}

const isSelect = (text: string): boolean => /^\s*select\b/i.test(text);

/** What somebody has to mend where the migrations are not the released ones, a line each. */
export function differences(released: Checksums, actual: Checksums): string[] {
  const names = Object.keys({ ...released, ...actual });
  return names.flatMap((name) => {
    const [before, now] = [released[name], actual[name]];
    if (before === now) return [];
    if (before === undefined) {
      return `${name} is new. When it is as it will be released, add to e2e/test/released-migrations.json: "${name}": "${now}"`;
    }
    if (now === undefined)
      return `${name} is gone, but databases have run it. Put it back; undo it by a new migration.`;
    return (
      `${name} has other statements than it was released with, but databases that have run it will not run it again. ` +
      'Put it back, and make the change in a new migration. If it calls a helper, that is frozen too: add a V2 beside it.'
    );
  });
}
