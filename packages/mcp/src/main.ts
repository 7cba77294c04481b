#!/usr/bin/env node
import type { AddressInfo } from 'node:net';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { callerWith } from './client.js';
import { readSettings } from './env.js';
import { serveHttp } from './http.js';
import { buildServer } from './server.js';

try {
  const settings = readSettings(process.argv.slice(2));
  const { baseUrl, token, mayWrite, http } = settings;
  if (http) {
    const server = serveHttp(settings, http.allowedHosts);
    server.listen(http.port, http.host, () => {
      process.stderr.write(`listening at http://${http.host}:${(server.address() as AddressInfo).port}/mcp\n`);
    });
  } else {
    const caller = await callerWith(baseUrl, token!);
    serveStdio(() => buildServer(caller, mayWrite));
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
