import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '@nexivo/local/paths';
import { generateSecret } from '../src/endpoints/secrets.js';
import { signatureHeaders } from '../src/sender/signature.js';

const guide = readFileSync(join(repositoryRoot, 'docs/webhooks.md'), 'utf8');
const directory = mkdtempSync(join(tmpdir(), 'nexivo-recipes-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The one recipe in a language, as a reader would copy it. */
function recipe(language: string): string {
  const blocks = [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code!);
  expect(blocks).toHaveLength(1);
  return blocks[0]!;
}

interface Case {
  body: string;
  headers: Record<string, string>;
  secret: string;
}
/** Runs a program of the reader's, which calls the recipe for each case. */
function run(command: string, file: string, code: string, cases: readonly Case[]): boolean[] {
  const path = join(directory, file);
  writeFileSync(path, code);
  const { stdout, stderr, status } = spawnSync(command, [path], { input: JSON.stringify(cases), encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as boolean[];
}

const id = 'evt_019ab2f07a0e7c3c9d0b0f6f2c1f6f6e';
const body = '{"name":"José 😀"}';
const [newest, older] = [generateSecret(), generateSecret()];
const now = Math.floor(Date.now() / 1_000);
const signed = (timestampS: number, secrets: readonly [string, ...string[]] = [newest]): Record<string, string> =>
  signatureHeaders(secrets, { id, timestampS, body: Buffer.from(body) });

const cases: readonly (readonly [name: string, isGenuine: boolean, given: Case])[] = [
  ['what was signed', true, { body, headers: signed(now), secret: newest }],
  ['the newest of two secrets', true, { body, headers: signed(now, [newest, older]), secret: newest }],
  ['the older of two secrets', true, { body, headers: signed(now, [newest, older]), secret: older }],
  ['four minutes ago', true, { body, headers: signed(now - 240), secret: newest }],
  ['another secret', false, { body, headers: signed(now), secret: older }],
  ['another body', false, { body: body.replace('J', 'K'), headers: signed(now), secret: newest }],
  ['another id', false, { body, headers: { ...signed(now), 'webhook-id': `${id}0` }, secret: newest }],
  ['another time', false, { body, headers: { ...signed(now), 'webhook-timestamp': String(now - 1) }, secret: newest }],
  ['six minutes ago', false, { body, headers: signed(now - 360), secret: newest }],
  ['six minutes to come', false, { body, headers: signed(now + 360), secret: newest }],
  ['no time', false, { body, headers: { ...signed(now), 'webhook-timestamp': 'now' }, secret: newest }],
  ['no headers', false, { body, headers: {}, secret: newest }],
  ['no signature', false, { body, headers: { ...signed(now), 'webhook-signature': '' }, secret: newest }],
  [
    'a signature that was cut',
    false,
    {
      body,
      headers: { ...signed(now), 'webhook-signature': signed(now)['webhook-signature']!.slice(0, -9) },
      secret: newest,
    },
  ],
];
const expected = cases.map(([name, isGenuine]) => [name, isGenuine]);
const given = cases.map(([, , each]) => each);
const named = (results: boolean[]): unknown[] => results.map((result, index) => [cases[index]![0], result]);

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('the recipe of the guide', () => {
  it('for Node.js tells what is genuine from what is not', () => {
    const code = `${recipe('js')}
      import { readFileSync } from 'node:fs';
      const cases = JSON.parse(readFileSync(0, 'utf8'));
      process.stdout.write(JSON.stringify(cases.map((each) => verify(Buffer.from(each.body), each.headers, each.secret))));`;
    expect(named(run(process.execPath, 'recipe.mjs', code, given))).toEqual(expected);
  });

  (hasPython ? it : it.skip)('for Python tells what is genuine from what is not', () => {
    const code = `${recipe('python')}
import json, sys
cases = json.loads(sys.stdin.buffer.read())
print(json.dumps([verify(each["body"].encode(), each["headers"], each["secret"]) for each in cases]))`;
    expect(named(run('python3', 'recipe.py', code, given))).toEqual(expected);
  });

  it.each(['php', 'ruby', 'go'])('is there for %s, too', (language) => {
    expect(recipe(language)).toMatch(/verify/i);
  });
});
