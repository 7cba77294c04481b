import { Injectable } from '@nestjs/common';
import { candidates } from '@nexivo/contracts/candidates';
import type { StoredEvent } from '@nexivo/contracts/events';
import { ack, type EventHandler, type Outcome, type ReceivedEvent } from '@nexivo/events/consumer';
import { appendToOutbox } from '@nexivo/events/outbox';
import type { RowChange } from '@nexivo/events/resource-writes';
import { DomainError } from '@nexivo/bus/domain-error';
import { changeOwned } from '@nexivo/store/owned';
import type { EntityManager } from 'typeorm';
import { CANDIDATE, type CandidateEntity } from './candidate.entity.js';
import { candidateEvents } from './candidate-events.js';
import { submissionPlaced } from './consumers.js';

/**
 * Makes a candidate `placed` once a submission of it is. Each event does so once, so that what a user sets afterwards stays.
 */
@Injectable()
export class PlaceCandidates implements EventHandler {
  readonly consumer = submissionPlaced;

  async handle(tx: EntityManager, received: readonly ReceivedEvent[]): Promise<Outcome> {
    for (const each of received) {
      const { candidate_id } = (each.event as StoredEvent<'submission.placed'>).data.object;
      await place(tx, each, candidate_id);
    }
    return ack();
  }
}

async function place(tx: EntityManager, { event, traceparent }: ReceivedEvent, candidateId: string): Promise<void> {
  const { account_id, request_id } = event;
  const context = { accountId: account_id, requestId: request_id, ...(traceparent !== undefined && { traceparent }) };
  const change = await changeToPlaced(tx, account_id, candidateId);
  if (!change) return;
  for (const caused of candidateEvents(candidates.update, change)) await appendToOutbox(tx, context, caused);
}

/** Undefined where there is no such candidate. One that was deleted stays so: only people bring it back. */
async function changeToPlaced(
  tx: EntityManager,
  accountId: string,
  id: string,
): Promise<RowChange<CandidateEntity> | undefined> {
  try {
    return await changeOwned(tx, CANDIDATE, { accountId }, id, ({ status }): Partial<CandidateEntity> =>
      status === 'inactive' ? {} : { status: 'placed' },
    );
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return undefined;
    throw error;
  }
}
