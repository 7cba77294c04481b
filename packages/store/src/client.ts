import pg from 'pg';

/**
 * A connection that may be lost at any moment, for pools: its next statement fails, and that is all. Without a listener, its
 * error would end the process. TypeORM listens only a turn after it was given the connection, and misses the error of a server
 * that greets and ends in the same breath, as one does that is being restarted.
 */
export class ResilientClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
