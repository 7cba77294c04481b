import { parseArgs } from 'node:util';

/** How the server is run. */
export interface Settings {
  /** Where the API is: `https://ats.example.com/ats/api/v1`. */
  baseUrl: string;
  /** Over stdio: as whom it asks. Over HTTP each request brings its own. */
  token: string | undefined;
  /** Whether tools that change something are offered. */
  mayWrite: boolean;
  /** Where it listens; without it speaks over standard input and output. */
  http: { port: number; host: string; allowedHosts: string[] } | undefined;
}

const USAGE = `nexivo-mcp [--write] [--http PORT [--host ADDRESS] [--allowed-host NAME …]]
NEXIVO_API is where the API is. Over stdio NEXIVO_TOKEN is the token; over HTTP each client sends its own: Authorization: Bearer nxv_live_…`;

const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

/** @throws Error that says what is wrong */
export function readSettings(args: string[]): Settings {
  const { values } = parseArgs({
    args,
    options: {
      write: { type: 'boolean', default: false },
      http: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      'allowed-host': { type: 'string', multiple: true, default: [] },
    },
  });
  const { NEXIVO_API: baseUrl, NEXIVO_TOKEN: token } = process.env;
  if (!baseUrl) throw new Error(`NEXIVO_API is missing\n${USAGE}`);
  if (values.http === undefined && !token) throw new Error(`NEXIVO_TOKEN is missing\n${USAGE}`);
  const port = Number(values.http ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--http takes a port, not ${values.http}`);
  const http = { port, host: values.host, allowedHosts: [...LOCAL, ...values['allowed-host']] };
  return { baseUrl, token, mayWrite: values.write, http: values.http === undefined ? undefined : http };
}
