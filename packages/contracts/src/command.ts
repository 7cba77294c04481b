import type { z } from 'zod';

/**
 * One request/reply exchange on the bus. The gateway validates `input` before it sends; the owning service
 * checks only what it alone can know.
 */
export interface Command<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** NATS subject, `<service>.<verb>`: the first token is the owning service. */
  readonly subject: string;
  readonly input: Input;
  readonly output: Output;
  /** How long the caller waits for the reply. */
  readonly timeoutMs: number;
}

/** The service that owns a command. */
export const serviceOf = ({ subject }: Pick<Command, 'subject'>): string => subject.split('.', 1)[0]!;

/** What the receiver gets: `input` after parsing. */
export type InputOf<C extends Command> = z.output<C['input']>;
/** What the caller gets back. */
export type OutputOf<C extends Command> = z.output<C['output']>;

const DEFAULT_TIMEOUT_MS = 5_000;

/** Declares a command. `timeoutMs` is 5,000 unless told. */
export const defineCommand = <Input extends z.ZodType, Output extends z.ZodType>(
  command: Omit<Command<Input, Output>, 'timeoutMs'> & { timeoutMs?: number },
): Command<Input, Output> => ({ timeoutMs: DEFAULT_TIMEOUT_MS, ...command });
