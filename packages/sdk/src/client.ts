import { EventFeed } from './events.js';
import { Resources } from './generated/resources.js';
import { type ClientOptions, Http } from './http.js';
import { Sync } from './sync.js';

/** The NexivoHR API, as one account with one token. */
export class Nexivo extends Resources {
  override readonly events: EventFeed;
  /** Copies that are kept up to date. */
  readonly sync: Sync;

  /** @throws TypeError for a base URL that is none, or without a token */
  constructor(options: ClientOptions) {
    const http = new Http(options);
    super(http);
    this.events = new EventFeed(http);
    this.sync = new Sync(this);
  }
}
