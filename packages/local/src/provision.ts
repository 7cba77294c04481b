import { setTimeout as delay } from 'node:timers/promises';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { codeOf, messageOf, StackError } from './stack-error.js';

/** What to provision, and as whom. */
export interface ProvisionOptions {
  /**
   * A superuser, or a role that may create roles, and schemas in its database. One that may create schemas alone is the role of every service.
   */
  adminUrl: string;
  /** Created when missing. Without it, the database of `adminUrl` is used as it is. */
  database?: string | undefined;
  /** Each gets a schema `<service>` and, if roles may be created, a role `<database>_<service>`. */
  services: readonly string[];
  passwords: Record<string, string>;
}

const extensions = ['btree_gin'];
/** Any constant: whoever provisions this cluster takes turns, because concurrent GRANTs and ALTERs fail in Postgres. */
const advisoryLock = 7_239_114;
const insufficientPrivilege = '42501';

/** Makes the database, roles and schemas of the services, or completes what is there. Returns each service's URL. */
export async function provisionDatabase(options: ProvisionOptions): Promise<Record<string, string>> {
  const { adminUrl, services, passwords } = options;
  const database = options.database ?? databaseOf(adminUrl);
  let hasOneRole = false;
  await withClient(adminUrl, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [advisoryLock]);
    if (options.database !== undefined) await createDatabase(admin, database);
    await withClient(urlWith(adminUrl, { database }), async (client) => {
      hasOneRole = !(await mayCreateRoles(client));
      await prepareDatabase(client);
      for (const service of services) {
        if (hasOneRole) await client.query(`create schema if not exists ${escapeIdentifier(service)}`);
        else await provisionService(client, { service, database, password: passwordOf(passwords, service) });
      }
    });
  });
  return Object.fromEntries(
    services.map((service) => [
      service,
      hasOneRole
        ? urlWith(adminUrl, { database })
        : urlWith(adminUrl, { database, user: `${database}_${service}`, password: passwordOf(passwords, service) }),
    ]),
  );
}

async function createDatabase(admin: Client, database: string): Promise<void> {
  const found = await admin.query('select from pg_database where datname = $1', [database]);
  const name = escapeIdentifier(database);
  if (found.rowCount === 0) await admin.query(`create database ${name} template template0`);
  // Otherwise the services of every other database in this cluster could connect to this one.
  await admin.query(`revoke connect, temporary on database ${name} from public`);
}

/** Whether each service can have a role of its own. Asked before anything is changed, so that the answer can name what is missing. */
async function mayCreateRoles(client: Client): Promise<boolean> {
  const { rows } = await client.query<{
    role: string;
    database: string;
    may_create_roles: boolean;
    may_create: boolean;
  }>(
    `select current_user as role, current_database() as database, rolsuper or rolcreaterole as may_create_roles,
            has_database_privilege(current_database(), 'CREATE') as may_create
       from pg_roles where rolname = current_user`,
  );
  const [{ role, database, may_create_roles, may_create }] = rows as [(typeof rows)[number]];
  if (!may_create) {
    throw new StackError(
      `the role "${role}" of DATABASE_URL may not create schemas; as a superuser, run: ` +
        `GRANT CREATE ON DATABASE ${escapeIdentifier(database)} TO ${escapeIdentifier(role)};`,
    );
  }
  return may_create_roles;
}

async function prepareDatabase(client: Client): Promise<void> {
  for (const extension of extensions) await client.query(`create extension if not exists ${extension} schema public`);
  await client.query(`do $$ begin
    if has_schema_privilege('public', 'public', 'CREATE') then revoke create on schema public from public; end if;
  end $$`);
}

interface ServiceAccess {
  service: string;
  database: string;
  password: string;
}

async function provisionService(client: Client, { service, database, password }: ServiceAccess): Promise<void> {
  const name = `${database}_${service}`;
  const role = escapeIdentifier(name);
  const schema = escapeIdentifier(service);
  const inDatabase = `in database ${escapeIdentifier(database)}`;
  try {
    const found = await client.query('select from pg_roles where rolname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create role ${role}`);
    await client.query(`alter role ${role} login password ${escapeLiteral(password)}`);
    // To give a schema to a role one has to be able to become that role, which only a superuser is by nature.
    await client.query(`do $$ begin
      if not (select rolsuper from pg_roles where rolname = current_user) then grant ${role} to current_user; end if;
    end $$`);
    await client.query(`grant connect, temporary on database ${escapeIdentifier(database)} to ${role}`);
    await client.query(`create schema if not exists ${schema} authorization ${role}`);
    await client.query(`alter schema ${schema} owner to ${role}`);
    await client.query(`revoke all on schema ${schema} from public`);
    await client.query(`grant usage on schema public to ${role}`);
    // `public` comes last and cannot be written to: it is there for the operators and types of the extensions.
    await client.query(`alter role ${role} ${inDatabase} set search_path = ${schema}, public`);
    // The detail of an error is the row that it is about, which the server's log must not keep. Only a superuser may say so.
    await client.query(`do $$ begin
      if (select rolsuper from pg_roles where rolname = current_user) then
        alter role ${role} ${inDatabase} set log_error_verbosity = 'terse';
      end if;
    end $$`);
  } catch (error) {
    const hint =
      codeOf(error) === insufficientPrivilege ? '; a superuser has to do this, or drop the role and its schema' : '';
    throw new StackError(`cannot set up role "${name}" and schema "${service}": ${messageOf(error)}${hint}`);
  }
}

async function withClient(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = await connect(url, performance.now() + CONNECT_FOR_MS);
  try {
    await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** How long a server is tried that is there, but does not answer in time or still starts. */
const CONNECT_FOR_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;

async function connect(url: string, deadline: number): Promise<Client> {
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    client.on('error', () => undefined); // a lost connection also rejects the query that runs
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (isBusy(error) && performance.now() < deadline) {
        await delay(500);
        continue;
      }
      const { host, pathname } = new URL(url);
      throw new StackError(`cannot connect to Postgres at ${host}${pathname}: ${messageOf(error)}`);
    }
  }
}

const cannotConnectNow = '57P03';
/** pg's own timeout has no code. */
const isBusy = (error: unknown): boolean =>
  codeOf(error) === cannotConnectNow || messageOf(error).startsWith('timeout expired');

function databaseOf(url: string): string {
  const database = decodeURIComponent(URL.parse(url)?.pathname.slice(1) ?? '');
  if (database === '')
    throw new StackError('DATABASE_URL must name a database: postgres://user:password@host:5432/database');
  return database;
}

function urlWith(base: string, parts: { database: string; user?: string; password?: string }): string {
  const url = new URL(base);
  url.pathname = `/${encodeURIComponent(parts.database)}`;
  if (parts.user !== undefined) url.username = encodeURIComponent(parts.user);
  if (parts.password !== undefined) url.password = encodeURIComponent(parts.password);
  return url.href;
}

function passwordOf(passwords: Record<string, string>, service: string): string {
  const password = passwords[service];
  if (password === undefined) throw new StackError(`no password was given for service "${service}"`);
  return password;
}
