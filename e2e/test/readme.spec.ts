import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freePort } from '@nexivo/local/free-port';
import { repositoryRoot } from '@nexivo/local/paths';
import { eventually } from '@nexivo/testing/poll';
import { type SharedStack, shareStack } from './shared-stack.js';

let shared: SharedStack;
beforeAll(async () => {
  shared = await shareStack();
});
afterAll(() => shared.leave());

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');

it("the README's tour works as it is pasted: every command is answered, and only the two mistakes with errors", async () => {
  const { token } = await shared.client();
  const [, tour] = /^## Five minutes with curl$.*?^```bash\n(.*?)^```$/ms.exec(readme)!;
  const script = tour!
    .replace('nxv_live_YOUR_TOKEN', token!)
    .replace('http://localhost:3000', shared.origin)
    // Each answer on a line of its own.
    .replaceAll('curl -s', String.raw`curl -s -w '\n'`);
  const output = execFileSync('bash', ['--norc', '-euo', 'pipefail', '-c', script], { encoding: 'utf8' });
  const answers = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answers.map(({ status }) => (typeof status === 'number' ? status : 'ok'))).toEqual([
    'ok',
    'ok',
    'ok',
    'ok',
    'ok',
    400,
    400,
    'ok',
    'ok',
  ]);
  expect(answers[0]).toMatchObject({ stage: 'interview' });
  expect(answers[2]).toMatchObject({ data: [{ first_name: 'Jane', skills: ['TypeScript', 'C++'] }] });
  expect(answers[3]).toMatchObject({
    data: [{ candidate: { first_name: 'Jane' }, job: { title: 'Senior Engineer' } }],
  });
  expect(answers.slice(-2)).toMatchObject([{ status: 'inactive' }, { status: 'closed' }]);
});

it("the README's receiver is told of a candidate and a test, and believes nobody without the secret", async () => {
  const { token } = await shared.client();
  const port = await freePort();
  const [, section] = /^## Webhooks$(.*?)^## /ms.exec(readme)!;
  const [register, use] = [...section!.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code]) => code!);
  const [, receiver] = /^```js\n(.*?)^```$/ms.exec(section!)!;
  const inShell = (script: string): Record<string, unknown>[] => {
    const before = `TOKEN=${token}\nAPI=${shared.baseUrl}\n${/^id_of.*$/m.exec(readme)![0]}\n`;
    const commands = script.replace(':4000', `:${port}`).replaceAll(/^curl -s/gm, String.raw`curl -s -w '\n'`);
    const output = execFileSync('bash', ['--norc', '-euo', 'pipefail', '-c', before + commands], { encoding: 'utf8' });
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const [{ secret, id }] = inShell(register!) as [{ secret: string; id: string }];
  expect(secret).toMatch(/^whsec_/);

  const folder = mkdtempSync(join(tmpdir(), 'nexivo-readme-'));
  writeFileSync(join(folder, 'receiver.mjs'), receiver!.replace('4000', String(port)));
  const child = spawn(process.execPath, [join(folder, 'receiver.mjs'), secret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const forged = () => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{"type": "forged"}' });
    await eventually(async () => expect((await forged()).status).toBe(401));
    inShell(`curl -s "$API/candidates" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
      -d '{"first_name": "Jane", "last_name": "Smith", "email": "jane@example.com"}'`);
    await eventually(() => expect(printed).toContain('candidate.created'));
    const [tested, log, events] = inShell(use!);
    expect(tested).toMatchObject({ webhook_id: id, event_type: 'webhook.test' });
    expect(log).toHaveProperty('meta.total');
    expect(events).toMatchObject({ data: [{ type: 'candidate.created' }] });
    await eventually(() => expect(printed.trim().split('\n')).toHaveLength(2));
    expect(printed).toMatch(/^evt_\w+ candidate\.created\nevt_\w+ webhook\.test\n$/);
  } finally {
    child.kill();
    rmSync(folder, { recursive: true });
  }
});
