import { z } from 'zod';
import { defineCommand } from './command.js';
import { timestamp } from './text.js';

/** The services that consume events. */
export const CONSUMING_SERVICES = ['candidates', 'webhooks'] as const;
export type ConsumingService = (typeof CONSUMING_SERVICES)[number];

/** `<consumer>:<event>`; the name of a consumer begins with that of its service. */
const deadLetterId = z
  .string()
  .regex(/^[a-z][a-z-]*:[!-~]{1,200}$/, 'must be the id of a dead letter, as the list shows it')
  .meta({ example: 'webhooks-fan-out:evt_019ab2f07a0e7c3c9d0b0f6f2c1f6f6e' });

/** An event that a consumer gave up on. What it holds is a customer's and not shown. */
const deadLetter = z.object({
  id: deadLetterId,
  subject: z.string().meta({
    description: 'Where it was published',
    example: 'events.candidate.019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e.updated',
  }),
  attempts: z.int().min(0).meta({ description: 'How often it was handled, without taking effect' }),
  reason: z.string().meta({ description: 'Why the last attempt failed' }),
  at: timestamp.meta({ description: 'When it was given up' }),
});
export type DeadLetter = z.output<typeof deadLetter>;

/** One of them, with what its message says of itself, as far as that can be read; what happened to whom stays in the database. */
const deadLetterDetail = deadLetter.extend({
  version: z.int().nullable().meta({ description: "Of the event's contract" }),
  bytes: z.int().min(0).meta({ description: 'Size of the message' }),
  event: z
    .object({
      id: z.string().nullable(),
      type: z.string().nullable(),
      created_at: z.string().nullable(),
      account_id: z.string().nullable(),
      request_id: z.string().nullable(),
    })
    .nullable()
    .meta({ description: '`null` where the message is no JSON' }),
});
export type DeadLetterDetail = z.output<typeof deadLetterDetail>;

const idsOrAll = z.union(
  [z.strictObject({ ids: z.array(deadLetterId).min(1).max(500) }), z.strictObject({ all: z.literal(true) })],
  { error: 'must be the ids of dead letters, or all of them' },
);

/** What is done to many rows takes longer than what is done to one. */
const TIMEOUT_MS = 15_000;

/** Commands about the dead letters of one service, for operators alone. */
export const deadLetterCommands = (service: ConsumingService) => ({
  /** In the order of ids, those after one; `next` continues, `null` at the end. */
  list: defineCommand({
    subject: `${service}.dead_letters.list`,
    input: z.strictObject({ after: deadLetterId.optional(), limit: z.int().min(1).max(500).default(500) }),
    output: z.object({ data: z.array(deadLetter), next: deadLetterId.nullable() }),
  }),
  /**
   * Has dead letters handled again, as often as an event that has just failed for the first time. `validation_failed`, and
   * nothing done, if an id names none.
   */
  redrive: defineCommand({
    subject: `${service}.dead_letters.redrive`,
    input: idsOrAll,
    output: z.object({ redriven: z.int().min(0) }),
    timeoutMs: TIMEOUT_MS,
  }),
  /** `validation_failed` if the id names none. */
  show: defineCommand({
    subject: `${service}.dead_letters.show`,
    input: z.strictObject({ id: deadLetterId }),
    output: deadLetterDetail,
  }),
  /**
   * Gives dead letters up for good: they count as handled, and never take effect here. `validation_failed`, and nothing done, if an id
   * names none.
   */
  discard: defineCommand({
    subject: `${service}.dead_letters.discard`,
    input: z.strictObject({ ids: z.array(deadLetterId).min(1).max(500) }),
    output: z.object({ discarded: z.int().min(0) }),
    timeoutMs: TIMEOUT_MS,
  }),
});
