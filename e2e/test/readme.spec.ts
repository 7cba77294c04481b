import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { repositoryRoot } from '@nexivo/local/paths';
import { type RunningStack, runStack } from './running-stack.js';

let running: RunningStack;
beforeAll(async () => {
  running = await runStack();
}, 60_000);
afterAll(() => running.stop());

it("the README's tour works as it is pasted: every command is answered, and only the two mistakes with errors", async () => {
  const { token } = await running.client();
  const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
  const [, tour] = /^## Five minutes with curl$.*?^```bash\n(.*?)^```$/ms.exec(readme)!;
  const script = tour!
    .replace('nxv_live_YOUR_TOKEN', token!)
    .replace('http://localhost:3000', running.origin)
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
