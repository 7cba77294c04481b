/** A metric as the text format of Prometheus tells of it. */
export interface ScrapedMetric {
  readonly help: string;
  readonly type: string;
  /** Names of labels with the values that were seen. */
  readonly labels: Map<string, Set<string>>;
  readonly samples: number;
}

/** What a scrape has found, by the name of the metric; the samples of a histogram belong to it. */
export function parseScrape(text: string): Map<string, ScrapedMetric> {
  const metrics = new Map<string, ScrapedMetric & { samples: number; type: string }>();
  let current: string | undefined;
  for (const line of text.split('\n')) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') metrics.set((current = name!), { help: rest!, type: '', labels: new Map(), samples: 0 });
    else if (kind === 'TYPE') metrics.get(name!)!.type = rest!;
    else if (line !== '' && current !== undefined) {
      const metric = metrics.get(current)!;
      metric.samples++;
      const [, labels = ''] = /^\w+\{(.*)\} /.exec(line) ?? [];
      for (const [, label, value] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
        if (label === 'le') continue;
        const values = metric.labels.get(label!) ?? new Set();
        metric.labels.set(label!, values.add(value!));
      }
    }
  }
  return metrics;
}

/** The metrics that an expression reads, without what a histogram adds to its name. */
export const metricsIn = (expression: string): string[] => [
  ...new Set(
    [...expression.matchAll(/\b(?:nexivo|process|nodejs)_\w+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    ),
  ),
];
