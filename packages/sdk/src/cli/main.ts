#!/usr/bin/env node
import { Nexivo } from '../client.js';
import { NexivoError } from '../errors.js';
import { UsageError } from './command.js';
import { readSettings } from './env.js';
import { FEED_USAGE, showEvents } from './feed.js';
import { commands } from './generated/commands.js';
import { listen, LISTEN_USAGE } from './listen.js';
import type { Output } from './output.js';
import { runCommand, usageOf } from './run-command.js';

const HELP = `${LISTEN_USAGE}
${FEED_USAGE}
nexivo VERB RESOURCE [ID …] [OPTIONS] [--json]

The API and its token come from NEXIVO_API and NEXIVO_TOKEN, or from a file that only you may read. An option that is a list is given
several times. --data takes a whole body: JSON, @file or @- for standard input.

${commands.map(({ verb, resource, summary }) => `  nexivo ${verb} ${resource}`.padEnd(46) + summary).join('\n')}
`;

const stopped = new AbortController();
// Whoever reads has seen enough.
process.stdout.on('error', () => process.exit());

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (stopped.signal.aborted) process.exitCode = 130;
  else if (error instanceof UsageError) fail(error.message, 2);
  else if (error instanceof NexivoError || error instanceof TypeError) fail(told(error), 1);
  else throw error;
}

async function run(args: string[]): Promise<void> {
  const isJson = args.includes('--json');
  const [verb, resource = '', ...rest] = args.filter((each) => each !== '--json');
  const output: Output = {
    write: (text) => void process.stdout.write(text),
    columns: process.stdout.columns ?? 120,
    isJson,
  };
  if (verb === undefined || verb === 'help' || args.includes('--help')) return output.write(help(verb, resource));
  const command = commands.find((each) => each.verb === verb && each.resource === resource);
  const isFeed = verb === 'listen' || (verb === 'events' && !command);
  if (!command && !isFeed) throw new UsageError(`no such command: ${verb} ${resource}; nexivo --help lists them`);
  const settings = readSettings();
  const client = new Nexivo(settings);
  const given = args.slice(1).filter((each) => each !== '--json');
  // Ended as any program is: only what goes on without end has something to finish.
  if (command && verb !== 'listen') return runCommand(client, command, rest, output);
  process.once('SIGINT', () => stopped.abort());
  process.once('SIGTERM', () => stopped.abort());
  if (verb === 'listen') return listen(client, settings.baseUrl, given, output, stopped.signal);
  return showEvents(client, given, output, stopped.signal);
}

function help(verb: string | undefined, resource: string): string {
  const one = commands.find((each) => each.verb === verb && each.resource === resource);
  return one ? `${one.summary}\n${usageOf(one)}\n` : HELP;
}

/** What went wrong, and which field it is about. */
function told(error: Error & { errors?: readonly { field: string; message: string }[] }): string {
  return [error.message, ...(error.errors ?? []).map(({ field, message }) => `  ${field}: ${message}`)].join('\n');
}

function fail(message: string, code: number): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = code;
}
