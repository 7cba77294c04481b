import { Controller } from '@nestjs/common';
import { eventRoutes, events } from '@nexivo/contracts/events';
import type { RequestOf } from '@nexivo/contracts/route';
import { BusClient, type Relayed } from '@nexivo/service/bus.client';
import type { Reply } from '@nexivo/service/reply';
import type { Caller as CallerType } from './auth/caller.js';
import { Caller, Endpoint, Input } from './http/endpoint.js';

/** HTTP to commands: the feed of events, which the webhooks service keeps. */
@Controller()
export class EventsController {
  constructor(private readonly bus: BusClient) {}

  @Endpoint(eventRoutes.list)
  list(@Input() { query }: RequestOf<typeof eventRoutes.list>, @Caller() caller: CallerType): Promise<Reply<Relayed>> {
    return this.bus.relay(events.list, query, caller);
  }
}
