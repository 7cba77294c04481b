import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BusConnection } from '@nexivo/bus/connection';
import { LOGGER } from '@nexivo/runtime/logging';
import type { Logger } from 'pino';
import { withTimeLimit } from '@nexivo/runtime/time-limit';

const ANNOUNCE_FOR_MS = 1_000;

const TOKEN_SUBJECT = 'gateway.cache.token';
const ACCOUNT_SUBJECT = 'gateway.cache.account';
const ACCOUNTS_SUBJECT = 'gateway.cache.accounts';
const USER_SUBJECT = 'gateway.cache.user';
/** How many accounts one message names. */
const ACCOUNTS_AT_ONCE = 1_000;

/** What a gateway keeps in memory of tokens, accounts and people, and must forget when another gateway has changed them. */
export interface InvalidationListener {
  forgetToken(digest: Buffer): void;
  forgetAccount(accountId: string): void;
  /** Sessions and personal tokens of a person. */
  forgetUser(userId: string): void;
  /** After an interruption: anything may have been missed. */
  forgetAll(): void;
}

/** Tells all gateways, this one included, that what they remember of a token, an account or a person is no longer true. */
@Injectable()
export class Invalidations implements OnApplicationBootstrap {
  private readonly listeners: InvalidationListener[] = [];

  constructor(
    private readonly bus: BusConnection,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.hear(TOKEN_SUBJECT, (listener, payload) => listener.forgetToken(payload));
    this.hear(ACCOUNT_SUBJECT, (listener, payload) => listener.forgetAccount(payload.toString()));
    this.hear(ACCOUNTS_SUBJECT, (listener, payload) => {
      for (const accountId of JSON.parse(payload.toString()) as string[]) listener.forgetAccount(accountId);
    });
    this.hear(USER_SUBJECT, (listener, payload) => listener.forgetUser(payload.toString()));
    void this.followConnection();
  }

  listen(listener: InvalidationListener): void {
    this.listeners.push(listener);
  }

  /** After the commit that made, changed or revoked a token. */
  async announceToken(digest: Buffer): Promise<void> {
    for (const listener of this.listeners) listener.forgetToken(digest);
    await this.announce(TOKEN_SUBJECT, digest);
  }

  /** After the commit that changed an account's plan or quotas. */
  async announceAccount(accountId: string): Promise<void> {
    for (const listener of this.listeners) listener.forgetAccount(accountId);
    await this.announce(ACCOUNT_SUBJECT, accountId);
  }

  /** The same for many accounts; gateways of a release up to 0.1 notice it when what they remember expires. */
  async announceAccounts(accountIds: readonly string[]): Promise<void> {
    for (let from = 0; from < accountIds.length; from += ACCOUNTS_AT_ONCE) {
      const some = accountIds.slice(from, from + ACCOUNTS_AT_ONCE);
      for (const listener of this.listeners) for (const each of some) listener.forgetAccount(each);
      await this.announce(ACCOUNTS_SUBJECT, JSON.stringify(some));
    }
  }

  /** After the commit that ended a session, or changed what a person may do. */
  async announceUser(userId: string): Promise<void> {
    for (const listener of this.listeners) listener.forgetUser(userId);
    await this.announce(USER_SUBJECT, userId);
  }

  /**
   * With the bus away the change is noticed all the same, when what is remembered expires. Nobody who revokes waits for a bus.
   */
  private async announce(subject: string, payload: Uint8Array | string): Promise<void> {
    try {
      this.bus.nats.publish(this.bus.names.subject(subject), payload);
      await withTimeLimit(this.bus.nats.flush(), ANNOUNCE_FOR_MS);
    } catch (error) {
      this.logger.warn({ err: error, subject }, 'invalidations: not announced');
    }
  }

  private hear(subject: string, forget: (listener: InvalidationListener, payload: Buffer) => void): void {
    this.bus.nats.subscribe(this.bus.names.subject(subject), {
      callback: (error, message) => {
        if (error) this.logger.error({ err: error }, 'invalidations: subscription failed');
        else for (const listener of this.listeners) forget(listener, Buffer.from(message.data));
      },
    });
  }

  private async followConnection(): Promise<void> {
    for await (const { type } of this.bus.nats.status()) {
      if (type === 'reconnect') for (const listener of this.listeners) listener.forgetAll();
    }
  }
}
