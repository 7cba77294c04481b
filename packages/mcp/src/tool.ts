import type { Nexivo, Scope } from '@nexivo/sdk';
import { z } from 'zod';

/** Who uses a tool. */
export interface Caller {
  client: Nexivo;
  scopes: readonly Scope[];
}

/** Something that an assistant can do. */
export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  name: string;
  description: string;
  /** Without these it is not offered. */
  scopes: readonly Scope[];
  isWrite: boolean;
  input: Input;
  run: (input: z.output<Input>, caller: Caller) => Promise<object>;
}

/** Lets the compiler tell what `run` is given. */
export const tool = <Input extends z.ZodObject>(definition: Tool<Input>): Tool => definition;

/** What an assistant can act on: it is told this, and nothing else. */
export class ToolError extends Error {}

/** So much is shown at once. */
const MAX_ROWS = 50;

export const limit = z.number().int().min(1).max(MAX_ROWS).default(20);
export const cursor = z.string().optional();
/** How long what text may be is said by the API alone: the list of tools is read before each task. */
export const id = z.string();

/** How a list is asked for: `next_cursor` of its answer leads on. */
export const asked = (given: { limit: number; cursor?: string | undefined }) => ({
  per_page: given.limit,
  cursor: given.cursor ?? '',
});

/** An answer of rows, and what leads on from there. */
export const page = (rows: object[], nextCursor: string | null | undefined): object => ({
  rows,
  ...(nextCursor && { next_cursor: nextCursor }),
});
