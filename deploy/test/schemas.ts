import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { PrometheusRule, ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Service, ServiceAccount } from 'kubernetes-models/v1';
import type { Manifest } from './chart.js';

/** A kind of object, which knows the schema of its version. */
interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly prototype: { validate(): void };
}

const kinds: readonly Kind[] = [
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Job,
  NetworkPolicy,
  PodDisruptionBudget,
  PrometheusRule,
  ScaledObject,
  Service,
  ServiceAccount,
  ServiceMonitor,
];

/** What is wrong with an object, one line each; nothing where its kind has just these fields. */
export function problemsOf(manifest: Manifest): string[] {
  const Known = kinds.find(({ apiVersion, kind }) => apiVersion === manifest.apiVersion && kind === manifest.kind);
  if (!Known) return [`${manifest.apiVersion} ${manifest.kind}: a kind that the tests do not know`];
  const seen = new Map<object, Set<string>>();
  const problems: string[] = [];
  try {
    // Its constructor would make a copy, of which nobody sees what is asked for.
    Known.prototype.validate.call(watched(manifest, seen));
  } catch (error) {
    problems.push((error as Error).message);
  }
  problems.push(...unread(manifest, seen, ''));
  return problems.map((problem) => `${manifest.kind} ${manifest.metadata.name}: ${problem}`);
}

/**
 * The schemas come compiled, and let unknown fields pass. But a compiled schema asks for each field that it knows, so what it never asks
 * for is unknown.
 */
function watched<Value extends object>(value: Value, seen: Map<object, Set<string>>): Value {
  return new Proxy(value, {
    get: (target, name, receiver) => {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof name === 'string') seen.set(target, (seen.get(target) ?? new Set()).add(name));
      return typeof member === 'object' && member !== null ? watched(member, seen) : member;
    },
  });
}

/** Fields that nobody asked for. An object of which nothing was asked may have any. */
function unread(value: unknown, seen: ReadonlyMap<object, ReadonlySet<string>>, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const asked = seen.get(value);
  if (!asked) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    asked.has(name) ? unread(member, seen, `${path}/${name}`) : [`${path}/${name}: there is no such field`],
  );
}
