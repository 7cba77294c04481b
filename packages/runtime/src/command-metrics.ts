import type { CommandObserver } from '@nexivo/bus/command-observer';
import { Counter, Histogram } from 'prom-client';
import type { Metrics } from './metrics.js';

/** Half a millisecond is what the way there and back takes; from the last on whoever asks has given up. */
const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts commands by subject and outcome, and how long they took by subject. */
class CommandMetrics implements CommandObserver {
  private readonly commands: Counter<'subject' | 'outcome'>;
  private readonly durations: Histogram<'subject'>;

  constructor({ registry }: Metrics, names: { commands: string; durations: string; what: string; howLong: string }) {
    const registers = [registry];
    this.commands = new Counter({
      name: names.commands,
      help: `${names.what}, by what came of them: ok, replay, or the code of an error`,
      labelNames: ['subject', 'outcome'],
      registers,
    });
    this.durations = new Histogram({
      name: names.durations,
      help: names.howLong,
      labelNames: ['subject'],
      buckets: BUCKETS_S,
      registers,
    });
  }

  ended(subject: string, outcome: string, ms: number): void {
    this.commands.inc({ subject, outcome });
    this.durations.observe({ subject }, ms / 1_000);
  }
}

/** What this process asks of others. */
export const sentCommands = (metrics: Metrics): CommandObserver =>
  new CommandMetrics(metrics, {
    commands: 'nexivo_commands_sent_total',
    durations: 'nexivo_command_round_trip_seconds',
    what: 'Commands that this process sent',
    howLong: 'From the sending of a command to its reply, or until it was given up',
  });

/** What others ask of this process. */
export const handledCommands = (metrics: Metrics): CommandObserver =>
  new CommandMetrics(metrics, {
    commands: 'nexivo_commands_handled_total',
    durations: 'nexivo_command_handling_seconds',
    what: 'Commands that this process handled',
    howLong: 'From the arrival of a command to its reply',
  });
