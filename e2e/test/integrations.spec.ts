import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { repositoryRoot } from '@nexivo/local/paths';
import type { Api } from '@nexivo/testing/api';
import { SHEETS } from './export-layouts.js';
import { type SharedStack, shareStack } from './shared-stack.js';

const folder = mkdtempSync(join(tmpdir(), 'nexivo-integrations-'));
const [, script] = /^## A spreadsheet, by script$.*?^```js\n(.*?)^```$/ms.exec(
  readFileSync(join(repositoryRoot, 'docs/integrations.md'), 'utf8'),
)!;
let shared: SharedStack;
let api: Api;

beforeAll(async () => {
  shared = await shareStack();
  api = await shared.client();
  writeFileSync(join(folder, 'import.mjs'), script!);
});
afterAll(async () => {
  await shared.leave();
  rmSync(folder, { recursive: true, force: true });
});

async function load(layout: string, csv: string): Promise<string[]> {
  const file = join(folder, `${layout}.csv`);
  writeFileSync(file, csv);
  const env = { PATH: process.env['PATH'], NEXIVO_URL: shared.baseUrl, NEXIVO_TOKEN: api.token };
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'import.mjs'), file], { env });
  return stdout.trim().split('\n');
}
const total = async (): Promise<number> => (await api.get('/candidates?per_page=1')).body.meta.total as number;

it('the script of the documentation has 40 lines at most', () => {
  expect(script!.trim().split('\n').length).toBeLessThanOrEqual(40);
});

it.each(SHEETS)(
  'takes the layout of $layout: 125 rows, the refused ones told in sentences, and nothing twice',
  async ({ layout, csv, refused }) => {
    const before = await total();
    const told = await load(layout, csv);
    const rows = told.map((line) => /^row (\d+): email must be .+\.$/.exec(line)?.[1]);
    expect(rows).toEqual([...refused.keys()].map(String));
    expect(await total()).toBe(before + 125 - refused.size);
    expect(await load(layout, csv)).toEqual(told);
    expect(await total()).toBe(before + 125 - refused.size);
  },
);

it('puts what is in the columns where it belongs', async () => {
  const find = async (email: string) => (await api.get(`/candidates?email=${email}`)).body.data[0] as object;
  expect(await find('greenhouse.1@example.com')).toMatchObject({
    external_id: 'gh-1',
    first_name: 'Zoë',
    last_name: "O'Neil",
    current_company: 'Acme, Inc.',
    current_title: 'Senior "Full-Stack" Engineer',
    phone: '+49 30 1000001',
    tags: ['Referral', 'Relocation'],
    summary: 'First line\nsecond line',
    custom_fields: { Recruiter: 'Kim Lee' },
  });
  expect(await find('lever.3@example.com')).toMatchObject({
    external_id: 'lever-3',
    first_name: 'Mary Ann',
    last_name: 'Kowalski',
    source: 'LinkedIn',
    custom_fields: { Stage: 'Phone screen' },
  });
  expect(await find('workable.2@example.com')).toMatchObject({
    city: 'Köln',
    skills: ['TypeScript', 'C++'],
    linkedin_url: 'https://www.linkedin.com/in/person-2',
  });
  expect(await find('excel.0@example.com')).toMatchObject({
    phone: '0170/1000000',
    city: 'Berlin',
    skills: ['Buchhaltung', 'SAP'],
    summary: 'kündbar zum Quartalsende; Gehalt: 60.000 €',
  });
});
