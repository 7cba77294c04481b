import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@nexivo/local/free-port';
import { repositoryRoot } from '@nexivo/local/paths';
import { eventually } from '@nexivo/testing/poll';

/** A real Prometheus with the product's alert rules. */
export interface Prometheus {
  /** Names of the alerts that fire now. */
  firing(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Whether there is a Prometheus on this machine: Debian's package `prometheus` has one. */
export const hasPrometheus = (): boolean => spawnSync('prometheus', ['--version']).error === undefined;

/** How often it scrapes and evaluates. */
const EVERY = '2s';

/** @param targets as `host:port`; the caller must `stop` it */
export async function startPrometheus(targets: readonly string[]): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'nexivo-prometheus-'));
  const config = join(directory, 'prometheus.yml');
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: EVERY, scrape_timeout: EVERY, evaluation_interval: EVERY },
      rule_files: [join(repositoryRoot, 'ops/prometheus/nexivo.rules.yml')],
      scrape_configs: [{ job_name: 'nexivo', static_configs: [{ targets }] }],
    }),
  );
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=${address}`,
    '--log.level=warn',
  ];
  const process = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(process, 'exit');
  const get = async <Data>(path: string): Promise<Data> => {
    const answer = await fetch(`http://${address}/api/v1/${path}`, { signal: AbortSignal.timeout(5_000) });
    return ((await answer.json()) as { data: Data }).data;
  };
  await eventually(async () => {
    const { activeTargets } = await get<{ activeTargets: { health: string }[] }>('targets');
    if (activeTargets.length < targets.length || activeTargets.some(({ health }) => health !== 'up'))
      throw new Error('not all targets have been scraped');
  });
  return {
    firing: async () => {
      const { alerts } = await get<{ alerts: { state: string; labels: { alertname: string } }[] }>('alerts');
      return [...new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname))];
    },
    stop: async () => {
      process.kill('SIGTERM');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
