/** A failure whose message is written for the person at the terminal: it is printed alone, without a stack trace. */
export class StackError extends Error {
  override name = 'StackError';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node or Postgres error (`ENOENT`, `42710`), if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
