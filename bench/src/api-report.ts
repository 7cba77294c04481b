import { serviceNames } from '@nexivo/local/services';
import type { ApiResults, Measurement, Series } from './api-measure.js';
import { BUSY, LIST_P95_CONNECTIONS } from './api-routes.js';
import { aligned, digits, type Figure, median } from './figures.js';

const IDLE_MIB_TOGETHER = 600;
const BUSY_MIB_EACH = 300;
/** The sizes that the promises are about. */
const SMALL = 10_000;
const LARGE = 1_000_000;

const ratios = ({ api, control }: Series): number[] =>
  api.map(({ perSecond }, round) => perSecond / control[round]!.perSecond);

const nameOf = ({ route, candidates, connections }: Series): string =>
  `${route.name}, ${candidates.toLocaleString('en-US')} candidates, ${connections} connections`;

/** Everything that was measured, for the table of bounds and for the file. */
export function apiFigures({ series, idle, memory }: ApiResults): Figure[] {
  const complete = series.filter(({ failure }) => failure === undefined);
  const failed = series.filter(({ failure }) => failure !== undefined);
  return [
    ...complete.flatMap(seriesFigures),
    ...costFigures(complete),
    ...singleFigures(complete),
    ...failed.map((each): Figure => {
      return { name: `${nameOf(each)}: failed`, unit: 'times', values: [1], bound: { atMost: 0 } };
    }),
    {
      name: 'idle memory of all services together',
      unit: 'MiB',
      values: idle.map(({ resident }) => resident),
      bound: { atMost: IDLE_MIB_TOGETHER },
    },
    {
      name: 'the same, with what they share counted once',
      unit: 'MiB',
      values: idle.map(({ together }) => together),
    },
    ...Object.entries(memory.peaks).map(([name, mib]): Figure => ({
      name: `memory of ${name} under load`,
      unit: 'MiB',
      values: [mib],
      ...(serviceNames.some((service) => service === name) && { bound: { atMost: BUSY_MIB_EACH } }),
    })),
  ];
}

function seriesFigures(series: Series): Figure[] {
  const { route, candidates, connections, api, control } = series;
  const name = nameOf(series);
  const isJudged = connections === BUSY && route.atLeast !== undefined;
  const isSwift = route.p95Ms !== undefined && candidates === LARGE && connections === LIST_P95_CONNECTIONS;
  return [
    {
      name: `${name}: throughput of the API / of the control`,
      unit: 'ratio',
      values: ratios(series),
      ...(isJudged ? { bound: { atLeast: route.atLeast! } } : { isDetail: true }),
    },
    ...Object.entries({ API: api, control }).flatMap(([side, measurements]) => [
      detail(`${name}: ${side}, throughput`, 'requests/s', measurements, ({ perSecond }) => perSecond),
      detail(`${name}: ${side}, p50`, 'ms', measurements, ({ p50 }) => p50),
      {
        ...detail(`${name}: ${side}, p95`, 'ms', measurements, ({ p95 }) => p95),
        ...(side === 'API' && isSwift && { bound: { atMost: route.p95Ms! }, isDetail: false }),
      },
      detail(`${name}: ${side}, p99`, 'ms', measurements, ({ p99 }) => p99),
      ...Object.keys(measurements[0]?.cpu ?? {}).map((process) =>
        detail(`${name}: ${side}, CPU of ${process}`, 's/1,000 requests', measurements, ({ cpu }) => cpu[process]!),
      ),
    ]),
  ];
}

const detail = (
  name: string,
  unit: string,
  measurements: readonly Measurement[],
  value: (measurement: Measurement) => number,
): Figure => ({ name, unit, values: measurements.map(value), isDetail: true });

/** What a request costs among many candidates, compared with few: at one connection, where nothing waits for anything else. */
function costFigures(series: readonly Series[]): Figure[] {
  return series.flatMap((large): Figure[] => {
    const small = series.find((each) => each.route === large.route && each.connections === large.connections);
    if (!small || small.candidates >= large.candidates || large.connections !== 1) return [];
    const { growsAtMost } = large.route;
    const isPromised = growsAtMost !== undefined && small.candidates === SMALL && large.candidates === LARGE;
    return [
      {
        name: `${nameOf(large)}: p50 / that among ${small.candidates.toLocaleString('en-US')}`,
        unit: 'ratio',
        values: large.api.map(({ p50 }, round) => p50 / small.api[round]!.p50),
        ...(isPromised && { bound: { atMost: growsAtMost } }),
      },
    ];
  });
}

/** How many times as long as at the control a client waits that sends one request after the other. */
const WAITS_AT_MOST = 3;
/** How much CPU of the gateway a list costs, compared with a resource by its id. */
const LIST_COSTS_AT_MOST = 1.6;

/**
 * What one connection alone sees and costs. The gateway's CPU is compared here: with many connections each of its turns does several
 * requests, the more of them the quicker they are, so that a route would seem dear because its service is slow.
 */
function singleFigures(series: readonly Series[]): Figure[] {
  const [get, list] = ['get', 'list'].map((name) =>
    series.find(
      ({ route, candidates, connections }) => route.name === name && candidates === SMALL && connections === 1,
    ),
  );
  if (!get) return [];
  const waits: Figure = {
    name: `${nameOf(get)}: p50 of the API / of the control`,
    unit: 'ratio',
    values: get.api.map(({ p50 }, round) => p50 / get.control[round]!.p50),
    bound: { atMost: WAITS_AT_MOST },
  };
  if (!list) return [waits];
  const cost: Figure = {
    name: `${nameOf(list)}: CPU of the gateway / that of get`,
    unit: 'ratio',
    values: list.api.map(({ cpu }, round) => cpu['gateway']! / get.api[round]!.cpu['gateway']!),
    bound: { atMost: LIST_COSTS_AT_MOST },
  };
  return [waits, cost];
}

const HEAD = ['route', 'conn.', 'ratio', 'min–max', 'API/s', 'control/s', 'p50', 'p95', 'p99', 'control p95'];
/** Processes of the API and of the control, in the columns of CPU milliseconds for each request. */
const CPU = ['gateway', 'candidates', 'nats', 'postgres', 'others'];
const CONTROL_CPU = ['control', 'postgres'];

/** A table for each number of candidates, a line for each route and number of connections. */
export function apiTables({ series, memory }: ApiResults): string[] {
  const sizes = [...new Set(series.map(({ candidates }) => candidates))];
  const tables = sizes.map((size) => {
    const lines = series.filter(({ candidates, failure }) => candidates === size && failure === undefined).map(line);
    const head = [...HEAD, ...CPU, ...CONTROL_CPU.map((name) => `(${name})`)];
    return `api, ${size.toLocaleString('en-US')} candidates: medians; p50 to p99 in ms; at the right CPU in ms per request\n\n${aligned([head, ...lines], (column) => column >= 1)}`;
  });
  const peaks = Object.entries(memory.peaks).map(([name, mib]) => `${name} ${digits(Math.round(mib))}`);
  return [...tables, `memory under load, MiB at most: ${peaks.join(', ')}`];
}

function line(series: Series): string[] {
  const { route, connections, api, control } = series;
  const all = ratios(series);
  const of = (measurements: readonly Measurement[], value: (measurement: Measurement) => number): string =>
    digits(median(measurements.map(value)));
  const cpu = (measurements: readonly Measurement[], process: string): string =>
    of(measurements, (measurement) => (process === 'others' ? cpuOfOthers(measurement) : measurement.cpu[process]!));
  return [
    route.name,
    String(connections),
    median(all).toFixed(2),
    `${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)}`,
    of(api, ({ perSecond }) => perSecond),
    of(control, ({ perSecond }) => perSecond),
    of(api, ({ p50 }) => p50),
    of(api, ({ p95 }) => p95),
    of(api, ({ p99 }) => p99),
    of(control, ({ p95 }) => p95),
    ...CPU.map((process) => cpu(api, process)),
    ...CONTROL_CPU.map((process) => cpu(control, process)),
  ];
}

/** Of the services that the request does not go through: what follows from it. */
const cpuOfOthers = ({ cpu }: Measurement): number =>
  serviceNames.filter((name) => name !== 'gateway' && name !== 'candidates').reduce((sum, name) => sum + cpu[name]!, 0);
