import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from '@jest/globals';
import { repositoryRoot } from '@nexivo/local/paths';
import { serviceNames } from '@nexivo/local/services';
import { parse } from 'yaml';
import { chartDir, type Manifest, render, runHelm } from './chart.js';
import { problemsOf } from './schemas.js';

const RULES =
  'groups: [{ name: api, rules: [{ alert: A, expr: up == 0, for: 1m, labels: { severity: page }, annotations: { summary: s } }] }]';
const autoscaling = { enabled: true, minReplicas: 2, maxReplicas: 4, cpu: 150 };
/** Forms of the chart that differ in what they render. */
const FORMS: Record<string, object> = {
  'by default': {},
  'with everything': {
    publicUrl: 'https://ats.example.com',
    settings: { LOG_LEVEL: 'debug', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.traces:4318' },
    postgres: { maxConnections: 1000 },
    ...Object.fromEntries(
      ['gateway', 'candidates', 'jobs', 'submissions'].map((service) => [service, { autoscaling }]),
    ),
    gateway: {
      autoscaling,
      settings: { CORS_ORIGINS: 'https://example.com' },
      podAnnotations: { a: 'b' },
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }],
      affinity: { podAntiAffinity: {} },
    },
    webhooks: { keda: { enabled: true, natsMonitoring: 'nats:8222', prometheus: 'http://prometheus:9090' } },
    image: { repository: 'registry.example.com/nexivohr', tag: 'v1', pullSecrets: ['registry'] },
    ingress: { enabled: true, className: 'nginx', annotations: { 'cert-manager.io/cluster-issuer': 'le' } },
    monitoring: {
      serviceMonitor: { enabled: true, labels: { release: 'p' } },
      prometheusRule: { enabled: true, rules: RULES },
    },
  },
  'without policies of the network': { networkPolicy: { enabled: false }, eventsReplicas: null },
};

const rendered = new Map<string, Promise<Manifest[]>>();
const form = (name: string): Promise<Manifest[]> => {
  if (!rendered.has(name)) rendered.set(name, render(FORMS[name]));
  return rendered.get(name)!;
};
const ofKind = (manifests: readonly Manifest[], ...kinds: string[]): Manifest[] =>
  manifests.filter(({ kind }) => kinds.includes(kind));
const refusal = (values: object): Promise<string> =>
  render(values).then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  );

describe.each(Object.keys(FORMS))('the chart %s', (name) => {
  it('renders objects that Kubernetes, KEDA and the Prometheus operator know, with no field that they do not', async () => {
    const problems = (await form(name)).flatMap(problemsOf);
    expect(problems).toEqual([]);
  });

  it('gives each object a name of its own, and the labels by which it is found', async () => {
    const manifests = await form(name);
    const keys = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { metadata } of manifests)
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/name': 'nexivohr',
        'app.kubernetes.io/instance': 'hr',
      });
  });

  it('lets nothing run as root, gain rights, write to its image or take without bound', async () => {
    const pods = ofKind(await form(name), 'Deployment', 'Job');
    expect(pods).toHaveLength(serviceNames.length + 1);
    for (const { spec } of pods) {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(Object.keys(container.resources.requests)).toEqual(['cpu', 'memory']);
        expect(Object.keys(container.resources.limits)).toEqual(['cpu', 'memory']);
        expect(container.image).not.toMatch(/:latest$|^[^:]+$/);
      }
    }
  });

  it('hands secrets over as files that are there, and none in the environment', async () => {
    for (const { spec } of ofKind(await form(name), 'Deployment', 'Job')) {
      const { containers, initContainers = [], volumes } = spec.template.spec;
      const { sources } = volumes.find((volume: { name: string }) => volume.name === 'secrets').projected;
      const files = sources.flatMap(({ secret }: { secret: { items: { path: string }[] } }) =>
        secret.items.map(({ path }) => path),
      );
      for (const { env } of [...containers, ...initContainers] as { env: { name: string; value: string }[] }[]) {
        expect(new Set(env.map((variable) => variable.name)).size).toBe(env.length);
        for (const variable of env) {
          expect(variable.name).not.toMatch(/^(DATABASE_URL|NATS_URL|TOKEN_PEPPERS|WEBHOOK_SECRET_KEYS)$/);
          if (!variable.name.endsWith('_FILE')) continue;
          expect(variable.value).toMatch(/^\/run\/secrets\/nexivohr\//);
          expect(files).toContain(variable.value.slice('/run/secrets/nexivohr/'.length));
        }
      }
    }
  });

  it('selects what is there: by services, budgets, policies, autoscalers and the monitor', async () => {
    const manifests = await form(name);
    const pods = ofKind(manifests, 'Deployment', 'Job').map(({ spec }) => spec.template.metadata.labels);
    const matches = (labels: Record<string, string>, selector: Record<string, string>): boolean =>
      Object.entries(selector).every(([key, value]) => labels[key] === value);
    for (const { spec } of ofKind(manifests, 'Service'))
      expect(pods.filter((labels) => matches(labels, spec.selector))).toHaveLength(1);
    for (const { spec } of ofKind(manifests, 'PodDisruptionBudget'))
      expect(pods.filter((labels) => matches(labels, spec.selector.matchLabels))).toHaveLength(1);
    for (const { spec } of ofKind(manifests, 'NetworkPolicy'))
      expect(pods.filter((labels) => matches(labels, spec.podSelector.matchLabels))).toHaveLength(1);
    const deployments = ofKind(manifests, 'Deployment').map(({ metadata }) => metadata.name);
    for (const { spec } of ofKind(manifests, 'HorizontalPodAutoscaler', 'ScaledObject'))
      expect(deployments).toContain(spec.scaleTargetRef.name);
    for (const { spec } of ofKind(manifests, 'ServiceMonitor')) {
      const labels = ofKind(manifests, 'Service').map(({ metadata }) => metadata.labels!);
      expect(labels.filter((each) => matches(each, spec.selector.matchLabels))).toHaveLength(serviceNames.length);
    }
  });

  it('replaces replicas without one too few, and asks the ports that there are whether they live and are ready', async () => {
    for (const { spec } of ofKind(await form(name), 'Deployment')) {
      expect(spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
      const [container] = spec.template.spec.containers;
      const ports = container.ports.map((port: { name: string }) => port.name);
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
        expect(ports).toContain(container[probe].httpGet.port);
      expect(container.readinessProbe.httpGet.path).toBe('/health/ready');
      // Without dependencies: one whose database is away is not to be started again.
      expect(container.livenessProbe.httpGet.path).toBe('/health/live');
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
        ports.includes('http') ? 5 + 10 + 20 : 20,
      );
    }
  });

  it('migrates every service before anything else, each with the rights of its own in the database', async () => {
    const [job, ...others] = ofKind(await form(name), 'Job');
    expect(others).toEqual([]);
    expect(job!.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
    const { initContainers, containers } = job!.spec.template.spec;
    const steps = [...initContainers, ...containers] as { args: string[]; env: { name: string; value: string }[] }[];
    expect(steps.map(({ args }) => args)).toEqual(serviceNames.map((service) => [`apps/${service}/dist/migrate.js`]));
    for (const [index, { env }] of steps.entries())
      expect(env[0]).toEqual({
        name: 'DATABASE_URL_FILE',
        value: `/run/secrets/nexivohr/${serviceNames[index]}-database-url`,
      });
  });
});

it('lets services reach a collector of traces if there is one, and the migrate step not', async () => {
  const withCollector = async (name: string): Promise<string[]> =>
    ofKind(await form(name), 'NetworkPolicy')
      .filter(({ spec }) => JSON.stringify(spec.egress).includes('"port":4318'))
      .map(({ metadata }) => metadata.name.replace(/^.*-/, ''));
  expect(await withCollector('by default')).toEqual([]);
  expect((await withCollector('with everything')).toSorted()).toEqual([...serviceNames].toSorted());
});

describe('values', () => {
  test.each([
    [{ gatway: {} }, 'gatway'],
    [{ gateway: { replicas: 1 } }, 'replicas'],
    [{ gateway: { resources: { limits: { memory: '1Gi' } }, replicas: '2' } }, 'replicas'],
    [{ settings: { DATABASE_URL: 'postgres://u:p@db/d' } }, 'DATABASE_URL'],
    [{ settings: { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=a' } }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ publicUrl: 'ats.example.com' }, 'publicUrl'],
    [{ networkPolicy: { fromIngress: [] } }, 'fromIngress'],
  ])('%j are refused by name', async (values, name) => {
    expect(await refusal(values)).toContain(name);
  });

  it('that make more connections than Postgres has are refused with the sum', async () => {
    // Three replicas, one of them while another is replaced: (15 * 3 + 19 * 2) * 3.
    expect(await refusal({ postgres: { maxConnections: 248 } })).toContain('can ask for 249 connections');
    expect(await refusal({ postgres: { maxConnections: 249 } })).toBe('nothing was refused');
    expect(await refusal({ postgres: { maxConnections: 249 }, jobs: { autoscaling } })).toContain(
      'can ask for 279 connections',
    );
  });

  it('that contradict each other, or lack something, are refused', async () => {
    expect(await refusal({ webhooks: { autoscaling, keda: { enabled: true, natsMonitoring: 'n' } } })).toContain(
      'not both',
    );
    expect(await refusal({ webhooks: { keda: { enabled: true } } })).toContain('natsMonitoring');
    expect(await refusal({ monitoring: { prometheusRule: { enabled: true } } })).toContain('--set-file');
  });
});

it('a schema that is closed tells of a field that is misspelt, of one that is missing and of a wrong type', () => {
  const service = (spec: object): Manifest => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'n' }, spec });
  expect(problemsOf(service({ ports: [{ port: 80 }] }))).toEqual([]);
  expect(problemsOf(service({ ports: [{ port: 80, targtPort: 1 }] })).join()).toContain('targtPort');
  expect(problemsOf(service({ ports: [{ name: 'http' }] })).join()).toContain('port');
  expect(problemsOf(service({ ports: 80 }))).not.toEqual([]);
  expect(problemsOf({ ...service({}), kind: 'Servise' }).join()).toContain('Servise');
});

it('helm lint has nothing to say', async () => {
  expect(await runHelm(['lint', '--strict', chartDir])).toContain('0 chart(s) failed');
});

it('chart and image have the version of the repository', () => {
  const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(parse(read('deploy/helm/nexivohr/Chart.yaml'))).toMatchObject({ version, appVersion: version });
});
