import { Controller } from '@nestjs/common';
import type { OutputOf } from '@nexivo/contracts/command';
import type { RequestOf } from '@nexivo/contracts/route';
import { eventRoutes, webhooks } from '@nexivo/contracts/webhooks';
import { BusClient } from '@nexivo/service/bus.client';
import type { Caller as CallerType } from './auth/caller.js';
import { Caller, Endpoint, Input } from './http/endpoint.js';

/** HTTP to commands: the feed of events, which the webhooks service keeps. */
@Controller()
export class EventsController {
  constructor(private readonly bus: BusClient) {}

  @Endpoint(eventRoutes.list)
  list(
    @Input() { query }: RequestOf<typeof eventRoutes.list>,
    @Caller() caller: CallerType,
  ): Promise<OutputOf<typeof webhooks.listEvents>> {
    return this.bus.call(webhooks.listEvents, query, caller);
  }
}
