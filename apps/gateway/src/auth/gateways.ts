import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BusConnection } from '@nexivo/bus/connection';
import { LOGGER } from '@nexivo/runtime/logging';
import type { Logger } from 'pino';

const SUBJECT = 'gateway.alive';
const BEAT_EVERY_MS = 10_000;
/** Who has not been heard for so many beats is gone. */
const MISSED_BEATS = 3;

/** Knows how many gateways there are: each says every 10 seconds that it is there. While the bus is away it is as many as there were. */
@Injectable()
export class Gateways implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly id = randomUUID();
  private readonly subject: string;
  /** The others, each with how many beats ago it was heard. */
  private readonly others = new Map<string, number>();
  private readonly timer = setInterval(() => this.beat(), BEAT_EVERY_MS).unref();

  constructor(
    private readonly bus: BusConnection,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.subject = bus.names.subject(SUBJECT);
  }

  /** This one included. */
  get count(): number {
    return 1 + this.others.size;
  }

  onApplicationBootstrap(): void {
    this.bus.nats.subscribe(this.subject, {
      callback: (error, message) => {
        if (error) this.logger.error({ err: error }, 'gateways: subscription failed');
        else this.hear(message.string());
      },
    });
    this.beat();
  }

  /** Says that this gateway is there, and forgets those that have said nothing for a while. */
  beat(): void {
    if (!this.bus.isConnected) return;
    for (const [id, beats] of this.others) {
      if (beats >= MISSED_BEATS) this.others.delete(id);
      else this.others.set(id, beats + 1);
    }
    this.bus.nats.publish(this.subject, this.id);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** One that is new learns at once of this one. */
  private hear(id: string): void {
    if (id === this.id) return;
    const isNew = !this.others.has(id);
    this.others.set(id, 0);
    if (isNew) this.bus.nats.publish(this.subject, this.id);
  }
}
