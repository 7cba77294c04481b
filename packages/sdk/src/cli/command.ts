/** How a member of a body is written as an option. */
export type MemberKind = 'text' | 'number' | 'boolean' | 'list' | 'json';

/** An operation of the API as a command: `nexivo <verb> <resource> [ids] [options]`. */
export interface Command {
  readonly resource: string;
  /** Of the resource's class in the library. */
  readonly method: string;
  readonly verb: string;
  readonly summary: string;
  readonly ids: readonly string[];
  /** Options that narrow what is read. */
  readonly query: Readonly<Record<string, MemberKind>>;
  /** Options that are members of the body; missing where it takes none. */
  readonly body?: Readonly<Record<string, MemberKind>>;
  readonly isList: boolean;
}

/** What was typed is no command. */
export class UsageError extends Error {}
