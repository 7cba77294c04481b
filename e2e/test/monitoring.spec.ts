import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '@nexivo/local/paths';
import { serviceNames } from '@nexivo/local/services';
import { eventually } from '@nexivo/testing/poll';
import { startReceiver } from '@nexivo/testing/receiver';
import { parse } from 'yaml';
import { metricsIn, parseScrape, type ScrapedMetric } from './prometheus-text.js';
import { type RunningStack, runStack } from './running-stack.js';

const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');

interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  labels?: { severity: string };
  annotations?: { summary: string; runbook: string };
}
const RULES = 'ops/prometheus/nexivo.rules.yml';
const rules = (parse(read(RULES)) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules: all }) => all);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const alertNames = new Set(alerts.map(({ alert }) => alert!));
const recorded = rules.flatMap(({ record }) => record ?? []);

const BOARDS = 'ops/grafana/dashboards';
const boards = readdirSync(join(repositoryRoot, BOARDS)).map((file) => {
  const board = JSON.parse(read(`${BOARDS}/${file}`)) as { uid: string; panels: { targets: { expr: string }[] }[] };
  return { file, ...board, expressions: board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)) };
});
const expressions = [
  ...rules.map(({ alert, record, expr }) => ({ of: alert ?? record!, expr })),
  ...boards.flatMap(({ file, expressions: all }) => all.map((expr) => ({ of: file, expr }))),
];

let running: RunningStack;
/** Of each service, after requests of all kinds. */
const scraped = new Map<string, Map<string, ScrapedMetric>>();
/** Of all services together. */
const live = new Map<string, ScrapedMetric>();

beforeAll(async () => {
  running = await runStack({ env: { ALLOW_INSECURE_WEBHOOK_TARGETS: 'true', COMMIT: 'abc123' } });
  await haveEverythingHappen();
  for (const service of serviceNames) {
    const response = await fetch(`http://127.0.0.1:${running.stack.envOf(service)['HEALTH_PORT']}/metrics`);
    const metrics = parseScrape(await response.text());
    scraped.set(service, metrics);
    for (const [name, metric] of metrics) if (!live.has(name) || metric.samples > 0) live.set(name, metric);
  }
});
afterAll(() => running.stop());

/** A webhook is told of a candidate, and somebody is refused. */
async function haveEverythingHappen(): Promise<void> {
  const receiver = await startReceiver();
  const api = await running.client();
  await api.post('/webhooks', { url: receiver.url, events: ['*'] });
  await api.post('/candidates', { first_name: 'Jane', last_name: 'Smith', email: 'jane@example.com' });
  await api.get('/candidates?status=available');
  await api.get('/candidates/019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e');
  await api.get('/no-such-path');
  await eventually(() => expect(receiver.requests.length).toBeGreaterThan(0));
  await receiver.stop();
}

describe('metrics', () => {
  it('are those of docs/metrics.md: none is missing there, and none is there that is not', () => {
    const documented = [...read('docs/metrics.md').matchAll(/^\| `(nexivo_\w+)` \| (\w+) \|(.*?)\| (\w+) \| /gm)].map(
      ([, name, type, labels, of]) => ({
        name,
        type,
        labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, each]) => each),
        of,
      }),
    );
    const found = [...live]
      .filter(([name]) => name.startsWith('nexivo_'))
      .map(([name, { type, labels, help }]) => ({
        name,
        type,
        labels: [...labels.keys()].filter((label) => label !== 'service_name'),
        of: /of the whole service/.test(help) ? 'service' : 'replica',
      }));
    const byName = (one: { name?: string | undefined }, other: { name?: string | undefined }): number =>
      one.name!.localeCompare(other.name!);
    const inOrder = <Row extends { labels: (string | undefined)[] }>(row: Row): Row => ({
      ...row,
      labels: new Set(row.labels),
    });
    expect(documented.map(inOrder).toSorted(byName)).toEqual(found.map(inOrder).toSorted(byName));
  });

  it('tell the service, the version and the commit of each process', () => {
    for (const [service, metrics] of scraped) {
      for (const [name, { labels, samples }] of metrics) {
        if (samples > 0) expect([name, ...(labels.get('service_name') ?? [])]).toEqual([name, service]);
      }
      expect([...metrics.get('nexivo_build_info')!.labels.get('commit')!]).toEqual(['abc123']);
    }
  });

  it('have no label with a value that somebody else chooses', () => {
    const values = [...live.values()].flatMap(({ labels }) => [...labels.values()].flatMap((each) => [...each]));
    const chosen = values.filter((value) => /[0-9a-f]{8}-[0-9a-f]{4}-|no-such-path|@|Jane/i.test(value));
    expect(chosen).toEqual([]);
    expect([...live.get('nexivo_http_requests_total')!.labels.get('route')!]).toEqual(
      expect.arrayContaining(['/ats/api/v1/candidates/:id', 'none']),
    );
  });
});

describe('rules and dashboards', () => {
  it('read metrics that there are', () => {
    for (const { of, expr } of expressions) {
      expect({ of, unknown: metricsIn(expr).filter((name) => !live.has(name)) }).toEqual({ of, unknown: [] });
      const named = [...expr.matchAll(/nexivo:[\w:]+/g)].map(([name]) => name);
      expect({ of, unknown: named.filter((name) => !recorded.includes(name)) }).toEqual({ of, unknown: [] });
    }
  });

  it('take of what every replica shows alike the greatest', () => {
    const ofService = [...live].filter(([, { help }]) => /of the whole service/.test(help)).map(([name]) => name);
    expect(ofService.length).toBeGreaterThan(5);
    for (const { of, expr } of expressions) {
      for (const name of ofService) {
        for (const { index } of expr.matchAll(new RegExp(`\\b${name}\\b`, 'g'))) {
          expect({ of, expr, before: expr.slice(0, index) }).toEqual({
            of,
            expr,
            before: expect.stringMatching(/\bmax( by \([\w, ]+\))? ?\($/),
          });
        }
      }
    }
  });

  it('leave out no metric that the dashboards should show', () => {
    const shown = new Set(expressions.flatMap(({ expr }) => metricsIn(expr)));
    const ours = [...live.keys()].filter((name) => name.startsWith('nexivo_'));
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe('alerts', () => {
  const headings = [...read('docs/runbook.md').matchAll(/^## (\w+)\n+([\s\S]*?)(?=^## |$(?![\s\S]))/gm)];

  it('have a heading of the runbook each, and each heading has its alert', () => {
    expect(new Set(headings.map(([, name]) => name))).toEqual(alertNames);
    expect(headings).toHaveLength(alertNames.size);
    for (const { alert, annotations, labels } of alerts) {
      expect(annotations!.runbook).toBe(`docs/runbook.md#${alert!.toLowerCase()}`);
      expect(['page', 'ticket', 'info']).toContain(labels!.severity);
    }
  });

  it.each(headings.map(([, name, text]) => [name!, text!]))(
    '%s: the runbook says what it looks like, where to look, why, what to do, and how to know that it is over',
    (_, text) => {
      const steps = [...text.matchAll(/^- \*\*(\w[\w ]*)\*\*:/gm)].map(([, step]) => step);
      expect(steps).toEqual(['Symptom', 'Look at', 'Cause', 'Do', 'Verify']);
    },
  );

  it('are tested each, with what they fire for', () => {
    const tests = parse(read('ops/prometheus/nexivo.rules.test.yml')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const fired = tests.tests
      .flatMap(({ alert_rule_test: all }) => all)
      .filter(({ exp_alerts }) => exp_alerts.length > 0)
      .map(({ alertname }) => alertname);
    expect(new Set(fired)).toEqual(alertNames);
  });

  const promtool = spawnSync('promtool', ['--version']).error === undefined;
  if (!promtool)
    process.stdout.write('alert rules are not tested: there is no promtool; Debian has it in `prometheus`\n');
  (promtool ? it : it.skip)('fire for what they should, and for nothing else (needs promtool)', () => {
    for (const args of [
      ['check', 'rules', RULES],
      ['test', 'rules', 'ops/prometheus/nexivo.rules.test.yml'],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: repositoryRoot, encoding: 'utf8' });
      expect({ args, status, output: status === 0 ? '' : stdout + stderr }).toEqual({ args, status: 0, output: '' });
    }
  });
});
