import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { restartNatsAfterFullDisk } from '../src/full-disk.js';
import { type NatsUser, natsUsers, startNats } from '../src/nats.js';
import { waitUntil } from '../src/wait.js';
import { removeTemporaryDirectories, temporaryDirectory } from './support.js';

afterAll(removeTemporaryDirectories);

test('NATS is started again, once, when a service says that the stream does not store and the disk has room', async () => {
  const dataDir = temporaryDirectory();
  const passwords = Object.fromEntries(natsUsers.map((user) => [user, `test-${user}`])) as Record<NatsUser, string>;
  const nats = await startNats({ dataDir, passwords });
  let stream = 'ok';
  let asked = 0;
  const service = createServer((_, response) => {
    asked += 1;
    response.writeHead(503).end(JSON.stringify({ status: 'not ready', stream }));
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const readiness = [`http://127.0.0.1:${(service.address() as AddressInfo).port}/health/ready`];
  const lines: string[] = [];
  const stop = restartNatsAfterFullDisk({
    nats,
    readiness,
    report: (line) => lines.push(line),
    lookEveryMs: 10,
  });
  try {
    const { pid } = nats.process;
    await waitUntil('some looks', () => asked > 3);
    expect(nats.process.pid).toBe(pid);
    stream = 'does not store: free disk space, then restart nats';
    await waitUntil('another server', () => nats.process.pid !== undefined && nats.process.pid !== pid);
    expect(lines).toEqual(['nats had no room for events and has it now; starting it again']);
  } finally {
    await stop();
    await nats.stop();
    service.close();
  }
});
