import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Where to look, and for what. */
export interface LeakSearch {
  /** Every file in them and below is read, as bytes. */
  directories: readonly string[];
  /** Every row of every table that these roles can read is read, as text. */
  databaseUrls: readonly string[];
  /** None of which may be anywhere: as it is, or in hexadecimal or base64. */
  secrets: readonly string[];
}

/** The texts by which an API token would be recognised: all of it, and its random part alone. */
export const secretsOf = (tokens: readonly string[]): string[] =>
  tokens.flatMap((token) => [token, token.replace('nxv_live_', '').slice(0, -6)]);

/** Names the files and tables in which a secret is at rest; empty when there is none. */
export async function findLeaks({ directories, databaseUrls, secrets }: LeakSearch): Promise<string[]> {
  const needles = secrets.flatMap((secret) => {
    const bytes = Buffer.from(secret);
    // What follows in the same base64 text changes the last characters.
    return [bytes, Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64').slice(0, -4))];
  });
  const holdsAny = (content: Buffer): boolean => needles.some((needle) => content.includes(needle));
  const leaks = directories.flatMap(filesBelow).filter((file) => holdsAny(readIfThere(file)));
  for (const url of databaseUrls) leaks.push(...(await leakingTables(url, holdsAny)));
  return leaks;
}

async function leakingTables(url: string, holdsAny: (content: Buffer) => boolean): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') and has_schema_privilege(schemaname, 'usage')`,
    );
    if (tables.length === 0) throw new Error('this role can read no table: nothing was searched');
    const leaking: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`select each::text as text from ${name} each`);
      if (rows.some(({ text }) => holdsAny(Buffer.from(text)))) leaking.push(name);
    }
    return leaking;
  } finally {
    await client.end();
  }
}

const filesBelow = (directory: string): string[] =>
  entriesOf(directory).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });

/** What a running server deletes meanwhile is no longer at rest. */
const entriesOf = (directory: string): Dirent[] =>
  unlessGone(() => readdirSync(directory, { withFileTypes: true }), []);
const readIfThere = (file: string): Buffer => unlessGone(() => readFileSync(file), Buffer.alloc(0));

function unlessGone<Result>(read: () => Result, otherwise: Result): Result {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  }
}
