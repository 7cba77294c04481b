import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DeadLetter } from '@nexivo/contracts/dead-letters';
import type { Event } from '@nexivo/contracts/events';
import { repositoryRoot } from '@nexivo/local/paths';
import { connectEventStream, type EventStream } from '@nexivo/testing/event-stream';
import { eventually } from '@nexivo/testing/poll';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
let stream: EventStream;

beforeAll(async () => {
  running = await runStack();
  stream = await connectEventStream(running.stack.nats!.urlFor('submissions'));
});
afterAll(async () => {
  await stream.close();
  await running.stop();
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the operators' program to its end. */
const admin = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const script = join(repositoryRoot, 'apps/admin/dist/main.js');
    const env = { PATH: process.env['PATH'] ?? '', NATS_URL: running.stack.envOf('admin')['NATS_URL']! };
    execFile(process.execPath, [script, 'events', 'dead-letters', ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });

async function adminJson<Printed>(...args: string[]): Promise<Printed> {
  const { code, stdout, stderr } = await admin(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout) as Printed;
}

const list = (...args: string[]): Promise<{ data: DeadLetter[]; has_more: boolean }> => adminJson('list', ...args);
const candidates = ['--service', 'candidates'];

it('an operator sees what a service cannot handle, and has it handled again', async () => {
  expect(await list()).toEqual({ data: [], has_more: false });
  expect((await admin('list')).stdout).toBe('no dead letters\n');

  // What no service of ours would publish: both consumers of this type give it up.
  const data = { object: { id: '019ab2f3-0d64-7b08-b1c5-6e3a5f7c2d19' } };
  await stream.publish({ type: 'submission.placed', data, secret: 'of a customer' } as unknown as Event);
  const [letter] = await eventually(async () => {
    const { data } = await list(...candidates);
    expect(data).toHaveLength(1);
    return data;
  });
  expect(letter).toEqual({
    id: expect.stringMatching(/^candidates-submission-placed:sha256-[0-9a-f]{64}$/),
    subject: `events.submission.${data.object.id}.placed`,
    attempts: 1,
    reason: expect.stringMatching(/^malformed: /),
    at: expect.any(String),
  });
  await eventually(async () => expect((await list()).data).toHaveLength(2));
  expect(await list('--limit', '1')).toEqual({ data: [letter], has_more: true });
  const forPeople = await admin('list');
  expect(forPeople.stdout).toContain(letter!.id);
  expect(forPeople.stdout).not.toContain('of a customer');

  const handledAgain = async (before: string): Promise<string> =>
    eventually(async () => {
      const [now] = (await list(...candidates)).data;
      expect(now).toMatchObject({ id: letter!.id });
      expect(now!.at).not.toBe(before);
      return now!.at;
    });
  expect(await adminJson('redrive', letter!.id)).toEqual({ redriven: 1 });
  const at = await handledAgain(letter!.at);
  expect(await adminJson('redrive', '--all', ...candidates)).toEqual({ redriven: 1 });
  await handledAgain(at);
});

it('an id that names no dead letter is refused with 1, and wrong usage with 2', async () => {
  const unknown = await admin('redrive', 'candidates-submission-placed:evt_0', '--json');
  expect({ code: unknown.code, stderr: unknown.stderr }).toEqual({ code: 1, stderr: '' });
  expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: 'validation_failed' } });

  for (const args of [
    [],
    ['redrive'],
    ['redrive', '--all', 'candidates-submission-placed:evt_0'],
    ['redrive', 'evt_0'],
    ['redrive', 'candidates-submission-placed:evt_0', ...candidates],
    ['list', '--service', 'jobs'],
  ]) {
    const { code, stdout, stderr } = await admin(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    expect(stderr).toMatch(/\w/);
  }
});
