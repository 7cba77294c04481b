import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BASE_PATH } from '@nexivo/contracts/route';
import { freePort } from '@nexivo/local/free-port';
import { repositoryRoot } from '@nexivo/local/paths';
import { Nexivo } from '@nexivo/sdk';
import { hasPython, WITHOUT_PYTHON } from '@nexivo/sdk-python/python';
import { eventually } from '@nexivo/testing/poll';
import { type SharedStack, shareStack } from './shared-stack.js';

const TYPESCRIPT = join(repositoryRoot, 'packages/sdk/examples');
const PYTHON = join(repositoryRoot, 'packages/sdk-python/examples');
const read = (...path: string[]): string => readFileSync(join(repositoryRoot, ...path), 'utf8');

let shared: SharedStack;
let folder: string;
let client: Nexivo;
let env: NodeJS.ProcessEnv;
let program: ChildProcess | undefined;
beforeAll(async () => {
  shared = await shareStack();
});
afterAll(() => shared.leave());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nexivo-examples-'));
  const { token } = await shared.client();
  const baseUrl = shared.origin + BASE_PATH;
  client = new Nexivo({ baseUrl, token: token! });
  const python = { PYTHONPATH: join(PYTHON, '../src'), PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf8' };
  env = { ...process.env, ...python, NEXIVO_API: baseUrl, NEXIVO_TOKEN: token! };
});
afterEach(() => {
  program?.kill();
  rmSync(folder, { recursive: true });
});

/** How a program of either language is run. */
const COMMANDS: Record<string, [string, string]> = {
  TypeScript: [process.execPath, TYPESCRIPT],
  Python: ['/usr/bin/python3', PYTHON],
};

async function run(language: string, example: string): Promise<string> {
  const [command, examples] = COMMANDS[language]!;
  return (await promisify(execFile)(command, [join(examples, example)], { cwd: folder, env })).stdout;
}

/** Runs one that does not end, until it has printed that. */
async function runUntil(
  language: string,
  example: string,
  more: NodeJS.ProcessEnv,
  expected: () => string,
): Promise<void> {
  const [command, examples] = COMMANDS[language]!;
  const child = spawn(command, [join(examples, example)], { cwd: folder, env: { ...env, ...more } });
  program = child;
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await eventually(() => expect(printed).toContain(expected()));
}

it.each([
  ['docs/typescript.md', 'js', TYPESCRIPT],
  ['docs/python.md', 'python', PYTHON],
])('what %s shows are the examples, which run here', (page, language, examples) => {
  const blocks = [...read(page).matchAll(new RegExp(String.raw`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, code]) => code,
  );
  const files = readdirSync(examples).filter((name) => /\.(mjs|py)$/.test(name));
  expect(new Set(blocks)).toEqual(new Set(files.map((name) => readFileSync(join(examples, name), 'utf8'))));
});

it.each([
  ['TypeScript', 'js', 'tour.mjs'],
  ['Python', 'python', 'tour.py'],
])("README's tour in %s is the example", (language, fence, example) => {
  const readme = read('README.md');
  const block = new RegExp(String.raw`^\`\`\`${fence}\n(.*?)^\`\`\`$`, 'gms');
  const blocks = [...readme.matchAll(block)].map(([, code]) => code);
  expect(blocks).toContain(readFileSync(join(COMMANDS[language]![1], example), 'utf8'));
});

const LANGUAGES = [
  ['TypeScript', { tour: 'tour.mjs', copy: 'copy.mjs', receiver: 'receiver.mjs' }],
  ['Python', { tour: 'tour.py', copy: 'copy_candidates.py', receiver: 'receiver.py' }],
] as const;

for (const [language, examples] of LANGUAGES) {
  const isThere = language !== 'Python' || hasPython;
  const describeIfThere = isThere ? describe : describe.skip;

  describeIfThere(isThere ? language : `${language} ${WITHOUT_PYTHON}`, () => {
    it('tours', async () => {
      const lines = (await run(language, examples.tour)).trim().split('\n');
      expect(lines[0]).toMatch(/^(null|None) → screening$/);
      expect(lines[1]).toBe('screening → interview');
      expect(lines[2]).toMatch(/^Jane \[ ?'\w+', 'C\+\+' ?\]$/);
      expect(lines).toContainEqual(expect.stringMatching(/^duplicate_submission [Tt]rue$/));
      expect(lines).toContainEqual(expect.stringMatching(/^"\d+" [Tt]rue$/));
      expect(lines.at(-1)).toBe('inactive closed');
    });

    it('keeps a copy, deletions included', async () => {
      const [first, second] = [
        await client.candidates.create(person('A')),
        await client.candidates.create(person('B')),
      ];
      expect(await run(language, examples.copy)).toBe('2 candidates\n');
      await client.candidates.delete(first.id);
      await client.candidates.update(second.id, { city: 'Berlin' });
      const third = await client.candidates.create(person('C'));
      expect(await run(language, examples.copy)).toBe('3 candidates\n');
      const { rows } = JSON.parse(readFileSync(join(folder, 'candidates.json'), 'utf8')) as {
        rows: Record<string, object>;
      };
      for (const { id } of [first, second, third]) expect(rows[id]).toEqual(await client.candidates.get(id));
    });

    it('verifies what a webhook is sent', async () => {
      const port = await freePort();
      const { secret } = await client.webhooks.create({
        url: `http://127.0.0.1:${port}/`,
        events: ['candidate.created'],
      });
      const started = runUntil(
        language,
        examples.receiver,
        { WEBHOOK_SECRET: secret, PORT: String(port) },
        () => `candidate.created ${id}`,
      );
      let id = '…';
      const forged = () => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
      await eventually(async () => expect((await forged()).status).toBe(401));
      ({ id } = await client.candidates.create(person('A')));
      await started;
    });
  });
}

it('TypeScript follows what happens', async () => {
  const following = runUntil('TypeScript', 'follow.mjs', {}, () => 'screening → offer');
  const { id } = await client.candidates.create(person('A'));
  const job = await client.jobs.create({ title: 'Engineer' });
  const submission = await client.submissions.create(job.id, { candidate_id: id });
  await client.submissions.update(submission.id, { stage: 'offer' });
  await following;
});

const person = (last_name: string) => ({ first_name: 'Jane', last_name });
