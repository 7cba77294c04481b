import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Nexivo } from '../client.js';
import type { List } from '../list.js';
import { type Command, type MemberKind, UsageError } from './command.js';
import { type Output, printMany, printOne } from './output.js';

type Options = Record<string, { type: 'string'; multiple: boolean }>;
type Values = Record<string, string[] | undefined>;

const DEFAULT_LIMIT = 25;

/** Carries out an operation of the API and prints what it answers. */
export async function runCommand(client: Nexivo, command: Command, args: string[], output: Output): Promise<void> {
  const { positionals, values } = parse(command, args);
  if (positionals.length !== command.ids.length) throw new UsageError(usageOf(command));
  const resource = client[command.resource as 'candidates'] as unknown as Record<
    string,
    (...given: unknown[]) => unknown
  >;
  const query = membersOf(command.query, values);
  const given = [...positionals, ...(command.body ? [bodyOf(command.body, values)] : []), query];
  const answer = resource[command.method]!(...given);
  if (!command.isList) return printOne(output, await answer);
  const limit = positive(values['limit']?.[0] ?? String(DEFAULT_LIMIT));
  const list = answer as List<Record<string, unknown>>;
  const isOnePage = query['page'] !== undefined || query['cursor'] !== undefined;
  printMany(output, isOnePage ? (await list.page()).data : await list.toArray({ limit }));
}

/** How a command is typed. */
export function usageOf({ verb, resource, ids, query, body, isList }: Command): string {
  const options = [
    ...(isList ? ['limit'] : []),
    ...Object.keys(query),
    ...Object.keys(body ?? {}),
    ...(body ? ['data'] : []),
  ];
  const needed = ids.map((id) => ` ${id.toUpperCase()}`).join('');
  return `nexivo ${verb} ${resource}${needed}${options.map((name) => ` [--${name} …]`).join('')} [--json]`;
}

function parse(command: Command, args: string[]): { positionals: string[]; values: Values } {
  const names = [...Object.keys(command.query), ...Object.keys(command.body ?? {}), ...(command.body ? ['data'] : [])];
  if (command.isList) names.push('limit');
  const options: Options = Object.fromEntries(names.map((name) => [name, { type: 'string', multiple: true }]));
  try {
    return parseArgs({ args, options, allowPositionals: true }) as { positionals: string[]; values: Values };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usageOf(command)}`);
  }
}

/** A whole body, as JSON, of a file or from standard input, with the members that options name. */
function bodyOf(members: NonNullable<Command['body']>, values: Values): Record<string, unknown> {
  const data = values['data']?.at(-1);
  const text = data?.startsWith('@') ? readFileSync(data === '@-' ? 0 : data.slice(1), 'utf8') : (data ?? '{}');
  return { ...(fromJson('data', text) as object), ...membersOf(members, values) };
}

const membersOf = (members: Readonly<Record<string, MemberKind>>, values: Values): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members)
      .filter(([name]) => values[name] !== undefined)
      .map(([name, kind]) => [name, valueOf(name, kind, values[name]!)]),
  );

/** What options say, by the kind of the member that they are. */
function valueOf(name: string, kind: MemberKind, texts: string[]): unknown {
  if (kind === 'list') return texts;
  const text = texts.at(-1)!;
  if (kind === 'text') return text;
  return fromJson(name, text);
}

function fromJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--${name} is not JSON: ${text}`);
  }
}

function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--limit is a number from 1 on, not ${text}`);
  return Number(text);
}
