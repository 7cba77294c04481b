/** A service that listens late, so that the bus already brings it commands while it still starts. */
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { runService } from '../src/start.js';
import { Gate, tinyOptions } from './tiny-service.js';

const LATE_MS = 1_000;

class LateAdapter extends FastifyAdapter {
  override listen(port: string | number, ...args: unknown[]): void {
    process.send!('subscribed');
    setTimeout(() => super.listen(port, ...(args as [])), LATE_MS);
  }
}

const gate = new Gate();
let isMigrated = process.argv[2] !== 'before its migrate step';
process.on('message', (message) => {
  if (message === 'open') gate.open();
  else if (message === 'migrate') isMigrated = true;
  else throw Object.assign(new Error('nobody catches this'), { parameters: [message] });
});

await runService({ NATS_URL: z.string() }, ({ NATS_URL }) => ({
  ...tinyOptions(NATS_URL, { gate, state: () => (isMigrated ? 'ok' : 'not migrated') }),
  adapter: new LateAdapter(),
  logLevel: 'info',
}));
