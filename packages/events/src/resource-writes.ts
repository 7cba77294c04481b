import type { RequestContext } from '@nexivo/bus/context';
import type { DomainError } from '@nexivo/bus/domain-error';
import { Reply } from '@nexivo/bus/reply';
import type { Command } from '@nexivo/contracts/command';
import type { EventObject, EventType } from '@nexivo/contracts/events';
import { refusingDuplicates } from '@nexivo/store/duplicates';
import type { Idempotency } from '@nexivo/store/idempotency';
import type { Owned, ResourceKind } from '@nexivo/store/owned';
import type { EntityManager } from 'typeorm';
import { appendToOutbox, changedFrom, type EventDraft } from './outbox.js';

/** A row before and after a write; `before` is null where the write created it. */
export interface RowChange<Row> {
  readonly before: Row | null;
  readonly after: Row;
}

/** One draft for each type of event that a change causes. */
export function draftsOf<Row extends Owned, Type extends EventType>(
  { toResource }: Pick<ResourceKind<Row, EventObject<Type>>, 'toResource'>,
  { before, after }: RowChange<Row>,
  types: readonly Type[],
): EventDraft<Type>[] {
  if (types.length === 0) return [];
  const object = toResource(after);
  const previous = before && changedFrom(toResource(before), object);
  return types.map((type) => ({ type, object, previous, resource_version: after.version }));
}

/** What there is to know of the writes of one kind of resource. */
interface ResourceWritesOptions<Row extends Owned, Type extends EventType> {
  readonly kind: ResourceKind<Row, EventObject<Type>>;
  /** The events that a write causes, in their order. */
  readonly eventsOf: (command: Command, change: RowChange<Row>) => readonly EventDraft<Type>[];
  /** A unique index that a write may violate, if there is one, and what it is refused with then. */
  readonly unique?: {
    readonly index: string;
    readonly refusal: (context: RequestContext, input: never) => Promise<DomainError>;
  };
}

/** The writes of one kind of resource: what they change and the events that say so are committed together. */
export class ResourceWrites<Row extends Owned, Type extends EventType> {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly options: ResourceWritesOptions<Row, Type>,
  ) {}

  /**
   * Runs a write in a transaction, once for each idempotency key.
   *
   * @param prepare as `Idempotency.run` has it
   * @throws DomainError what the unique index stands for, and what `Idempotency.run` throws
   */
  run(
    context: RequestContext,
    command: Command,
    input: unknown,
    work: (tx: EntityManager) => Promise<RowChange<Row>>,
    prepare?: () => Promise<void>,
  ): Promise<Reply<EventObject<Type>>> {
    const { kind, eventsOf, unique } = this.options;
    const publishing = async (tx: EntityManager): Promise<Reply<EventObject<Type>>> => {
      const change = await work(tx);
      for (const event of eventsOf(command, change)) await appendToOutbox(tx, context, event);
      const { before, after } = change;
      return new Reply(kind.toResource(after), { version: after.version, isCreated: before === null });
    };
    const write = () => this.idempotency.run(context, command, input, publishing, prepare);
    return unique ? refusingDuplicates(unique.index, () => unique.refusal(context, input as never), write) : write();
  }
}
