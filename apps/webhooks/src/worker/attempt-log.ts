import type { Logger } from 'pino';
import type { Claimed, Completion } from '../queue/queue.types.js';

/** What is logged of attempts that succeed: all that identifies them, what leads to the rest, or nothing. */
export type SuccessLog = 'all' | 'brief' | 'failures';

/** One line for an attempt, with neither secret nor content. Attempts that fail are told with all that identifies them. */
export class AttemptLog {
  constructor(
    private readonly logger: Logger,
    private readonly successes: SuccessLog,
  ) {}

  write(delivery: Claimed, { verdict, attempt, dueInMs }: Completion['outcome']): void {
    const isSuccess = verdict.kind === 'success';
    if (isSuccess && this.successes === 'failures') return;
    const request_id = requestIdIn(delivery.body);
    const [status, ms] = [attempt.statusCode, attempt.latencyMs];
    this.logger.info(
      isSuccess && this.successes === 'brief'
        ? { delivery: delivery.id, status, ms, request_id }
        : {
            ...idsOf(delivery),
            attempt: delivery.attemptsTotal + 1,
            outcome: verdict.kind,
            status,
            ms,
            error: attempt.error,
            next_in_ms: dueInMs,
            request_id,
          },
      'delivery attempt',
    );
  }
}

/** What identifies a delivery, for a line of the log. */
export const idsOf = ({ accountId, id, webhookId, eventId, eventType }: Claimed): Record<string, string> => ({
  account_id: accountId,
  delivery: id,
  webhook: webhookId,
  event: eventId,
  type: eventType,
});

/**
 * The id of the request that caused an event, from the event's text: it stands in front of `data`, which a customer has filled.
 *
 * @returns undefined where it does not stand there
 */
function requestIdIn(body: string | undefined): string | undefined {
  const [, id] = REQUEST_ID.exec(body ?? '') ?? [];
  return id === undefined ? undefined : (JSON.parse(id) as string);
}

/** Before it stand the event's own members, whose values are ids, types and times. */
const REQUEST_ID = /^[^{]*\{[^{]*?"request_id":("(?:[^"\\]|\\.)*")/;
