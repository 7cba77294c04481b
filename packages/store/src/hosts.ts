import pg from 'pg';

/** A server that is asked whether it takes writes answers within this time, or is passed over. */
const PROBE_TIMEOUT_MS = 1_000;

/** `postgres://user:password@`, the hosts, and the rest. */
const PARTS = /^(\w+:\/\/(?:[^@/?]*@)?)([^@/?]+)(.*)$/;

/**
 * The URLs of the hosts that a URL names, one each, in their order. As libpq has it, hosts are separated by commas:
 * `postgres://user:password@first:5432,second:5432/database?target_session_attrs=read-write`.
 */
export function hostsOf(url: string): string[] {
  const [, before, hosts, after] = PARTS.exec(url) ?? [];
  return hosts === undefined ? [url] : hosts.split(',').map((host) => `${before}${host}${after}`);
}

/** Looks for the host that takes writes, whoever asks meanwhile: nobody asks twice at once. */
class WritableHost {
  private known: string | undefined;
  private search: Promise<string> | undefined;

  constructor(private readonly urls: readonly string[]) {}

  /** The one that was found last, or that is found now. The first one if none takes writes: its own error then tells why. */
  find(): Promise<string> {
    if (this.known !== undefined) return Promise.resolve(this.known);
    this.search ??= this.probeAll().finally(() => (this.search = undefined));
    return this.search;
  }

  forget(): void {
    this.known = undefined;
  }

  private async probeAll(): Promise<string> {
    const answers = await Promise.all(this.urls.map(takesWrites));
    this.known = this.urls.find((_url, index) => answers[index]);
    return this.known ?? this.urls[0]!;
  }
}

async function takesWrites(url: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    query_timeout: PROBE_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ is_read_only: string }>(
      `select current_setting('transaction_read_only') as is_read_only`,
    );
    return rows[0]!.is_read_only === 'off';
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const writableHosts = new Map<string, WritableHost>();

type Connected = (error: Error) => void;

/**
 * A client class whose connections go to that host of several which takes writes. After a failure, and once a connection has ended, the next one
 * looks for it anew.
 *
 * @param base what the connections are otherwise
 * @param url with its hosts separated by commas
 */
export function clientOf(base: typeof pg.Client, url: string): typeof pg.Client {
  const urls = hostsOf(url);
  if (urls.length === 1) return base;
  const writable = writableHosts.get(url) ?? new WritableHost(urls);
  writableHosts.set(url, writable);
  return class extends base {
    constructor(config?: pg.ClientConfig) {
      super({ ...config, connectionString: urls[0]! });
      this.on('end', () => writable.forget());
      const connect = this.connect.bind(this);
      this.connect = ((callback?: Connected): Promise<unknown> | void => {
        const connecting = writable.find().then((found) => {
          const { hostname, port } = new URL(found);
          Object.assign(this, { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) || 5432 });
          return connect();
        });
        connecting.catch(() => writable.forget());
        if (!callback) return connecting;
        connecting.then(() => (callback as () => void)(), callback);
      }) as pg.Client['connect'];
    }
  };
}
