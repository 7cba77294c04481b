import { Inject, Injectable } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { formatPrincipal } from '@nexivo/contracts/principal';
import type { deadLetterCommands } from '@nexivo/contracts/dead-letters';
import type { RequestContext } from '@nexivo/bus/context';
import { LOGGER } from '@nexivo/runtime/logging';
import { DomainError } from '@nexivo/bus/domain-error';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';

type Commands = ReturnType<typeof deadLetterCommands>;

interface Row {
  consumer: string;
  event_id: string;
  subject: string;
  attempts: number;
  reason: string;
  at: Date;
}

/** Back into the inbox, with all attempts before it. `rest` is what else a statement says of the rows. */
const redriving = (rest: string): string => `
  update inbox set state = 'retry', attempts = 0, due_at = clock_timestamp(), at = now()
  where state = 'dead' ${rest}`;

/** What this service's consumers gave up on. */
@Injectable()
export class DeadLetters {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async list({ after, limit }: InputOf<Commands['list']>): Promise<OutputOf<Commands['list']>> {
    const [consumer, eventId] = after === undefined ? ['', ''] : partsOf(after);
    const rows = await this.database.query<Row[]>(
      `select consumer, event_id, subject, attempts, reason, at from inbox
       where state = 'dead' and (consumer, event_id) > ($1, $2) order by consumer, event_id limit $3`,
      [consumer, eventId, limit],
    );
    const data = rows.map(({ consumer: of, event_id, at, ...row }) => ({
      id: `${of}:${event_id}`,
      ...row,
      at: at.toISOString(),
    }));
    return { data, next: data.length === limit ? data.at(-1)!.id : null };
  }

  /** @throws DomainError `validation_failed`, and nothing is done, if an id names no dead letter */
  async redrive(
    { principal }: RequestContext,
    input: InputOf<Commands['redrive']>,
  ): Promise<OutputOf<Commands['redrive']>> {
    const redriven = 'all' in input ? await this.redriveAll() : await this.redriveThese([...new Set(input.ids)]);
    this.logger.info({ actor: formatPrincipal(principal), redriven }, 'dead letters redriven');
    return { redriven };
  }

  private async redriveAll(): Promise<number> {
    const [, redriven] = await this.database.query<[unknown[], number]>(redriving(''));
    return redriven;
  }

  private redriveThese(ids: readonly string[]): Promise<number> {
    const parts = ids.map(partsOf);
    return this.database.transaction(async (tx) => {
      const [rows] = await tx.query<[Row[], number]>(
        redriving(`and (consumer, event_id) in (select * from unnest($1::text[], $2::text[]))
          returning consumer, event_id`),
        [parts.map(([consumer]) => consumer), parts.map(([, eventId]) => eventId)],
      );
      const found = new Set(rows.map(({ consumer, event_id }) => `${consumer}:${event_id}`));
      const [first, ...others] = ids
        .filter((id) => !found.has(id))
        .map((id) => ({ field: 'ids', code: 'unknown_dead_letter', message: `${id} names no dead letter` }));
      if (first) throw DomainError.invalid(first, ...others);
      return rows.length;
    });
  }
}

/** Of an id that the contract has admitted: the consumer, and the event. */
function partsOf(id: string): [consumer: string, eventId: string] {
  const colon = id.indexOf(':');
  return [id.slice(0, colon), id.slice(colon + 1)];
}
