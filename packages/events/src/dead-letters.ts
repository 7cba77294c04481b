import { Inject, Injectable } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { formatPrincipal } from '@nexivo/contracts/principal';
import type { deadLetterCommands } from '@nexivo/contracts/dead-letters';
import type { FieldError } from '@nexivo/contracts/errors';
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

interface DetailRow extends Omit<Row, 'consumer' | 'event_id'> {
  version: number | null;
  json: string;
}

/** Back into the inbox, with all attempts before it. */
const REDRIVING = `
  update inbox set state = 'retry', attempts = 0, due_at = clock_timestamp(), at = now()
  where state = 'dead'`;

/** As one that was handled: it is forgotten when it can no longer be delivered. */
const DISCARDING = `
  update inbox set state = 'done', due_at = null, reason = null, json = null, at = now()
  where state = 'dead'`;

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
    const redriven =
      'all' in input ? await this.redriveAll() : await this.changeThese([...new Set(input.ids)], REDRIVING);
    this.logger.info({ actor: formatPrincipal(principal), redriven }, 'dead letters redriven');
    return { redriven };
  }

  /** @throws DomainError `validation_failed` if the id names no dead letter */
  async show(id: string): Promise<OutputOf<Commands['show']>> {
    const [row] = await this.database.query<DetailRow[]>(
      `select subject, attempts, reason, at, version, json from inbox
       where state = 'dead' and (consumer, event_id) = ($1, $2)`,
      partsOf(id),
    );
    if (!row) throw DomainError.invalid(unknown(id));
    const { json, at, ...rest } = row;
    return { id, ...rest, at: at.toISOString(), bytes: Buffer.byteLength(json), event: envelopeOf(json) };
  }

  /**
   * What a consumer remembers of an event that it has handled, it remembers of one that was given up: the bus may deliver it once more.
   *
   * @throws DomainError `validation_failed`, and nothing is done, if an id names no dead letter
   */
  async discard({ principal }: RequestContext, ids: readonly string[]): Promise<OutputOf<Commands['discard']>> {
    const discarded = await this.changeThese([...new Set(ids)], DISCARDING);
    this.logger.info({ actor: formatPrincipal(principal), discarded, ids }, 'dead letters discarded');
    return { discarded };
  }

  private async redriveAll(): Promise<number> {
    const [, redriven] = await this.database.query<[unknown[], number]>(REDRIVING);
    return redriven;
  }

  /** @param change of the rows that are dead, to which a condition can be added */
  private changeThese(ids: readonly string[], change: string): Promise<number> {
    const parts = ids.map(partsOf);
    return this.database.transaction(async (tx) => {
      const [rows] = await tx.query<[Row[], number]>(
        `${change} and (consumer, event_id) in (select * from unnest($1::text[], $2::text[]))
         returning consumer, event_id`,
        [parts.map(([consumer]) => consumer), parts.map(([, eventId]) => eventId)],
      );
      const found = new Set(rows.map(({ consumer, event_id }) => `${consumer}:${event_id}`));
      const [first, ...others] = ids.filter((id) => !found.has(id)).map(unknown);
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

const unknown = (id: string): FieldError => ({
  field: 'ids',
  code: 'unknown_dead_letter',
  message: `${id} names no dead letter`,
});

/** What a message says of itself, without what it tells of anybody; null where it is no JSON object. */
function envelopeOf(json: string): OutputOf<Commands['show']>['event'] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { id, type, created_at, account_id, request_id } = value as Record<string, unknown>;
  return {
    id: shortText(id),
    type: shortText(type),
    created_at: shortText(created_at),
    account_id: shortText(account_id),
    request_id: shortText(request_id),
  };
}

/** Ids, types and times; what is longer, or no text, was written by somebody else. */
const shortText = (value: unknown): string | null => (typeof value === 'string' && value.length <= 200 ? value : null);
