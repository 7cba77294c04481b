import { EventsResource } from './generated/resources.js';
import type { EventType, WebhookEvent } from './generated/types.js';
import { sleep } from './retry.js';

/** Where to begin, and of what to be told. */
export interface FollowOptions {
  /** The id of the last event that was dealt with; goes on behind it. */
  after?: string | undefined;
  /** A time to begin at, where there is no `after`; without either from the oldest event that is kept. */
  since?: string | undefined;
  type?: readonly EventType[] | undefined;
  /** How long to wait where there is nothing new, in milliseconds. */
  pollMs?: number;
  /** Ends it. */
  signal?: AbortSignal;
}

export class EventFeed extends EventsResource {
  /**
   * All events, those to come included, without end: in the order in which they were recorded, and so those of one object in the order of
   * its versions. To go on after a stop keep the id of the last event that was dealt with, and hand it in as `after`.
   *
   * @throws GoneError `event_expired` for an `after` that is no longer kept
   */
  async *follow({ after, since, type, pollMs = 2_000, signal }: FollowOptions = {}): AsyncGenerator<
    WebhookEvent,
    void
  > {
    for (let place = after; ;) {
      const from = place === undefined ? { since } : { after: place };
      const { data, meta } = await this.list({ ...from, type, per_page: 100 }, { signal }).page();
      yield* data;
      place = meta.next_after ?? place;
      if (!meta.has_more) await sleep(pollMs, signal);
    }
  }
}
