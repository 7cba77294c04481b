import { Controller } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import { deliveries } from '@nexivo/contracts/deliveries';
import { events } from '@nexivo/contracts/events';
import { replays } from '@nexivo/contracts/replays';
import { webhooks } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { Context, Handles, Input } from '@nexivo/bus/command.controller';
import { DeliveriesService } from './deliveries/deliveries.service.js';
import { ReplaysService } from './deliveries/replays.service.js';
import { WebhooksService } from './endpoints/webhooks.service.js';
import { EventFeed } from './events/event-feed.js';

/** The bus's face of the service: one line a command. */
@Controller()
export class WebhooksController {
  constructor(
    private readonly service: WebhooksService,
    private readonly deliveries: DeliveriesService,
    private readonly replays: ReplaysService,
    private readonly feed: EventFeed,
  ) {}

  @Handles(webhooks.list)
  list(@Input() input: InputOf<typeof webhooks.list>, @Context() context: RequestContext) {
    return this.service.list(context, input);
  }

  @Handles(webhooks.create)
  create(@Input() input: InputOf<typeof webhooks.create>, @Context() context: RequestContext) {
    return this.service.create(context, input);
  }

  @Handles(webhooks.get)
  get(@Input() { id }: InputOf<typeof webhooks.get>, @Context() context: RequestContext) {
    return this.service.get(context, id);
  }

  @Handles(webhooks.update)
  update(@Input() input: InputOf<typeof webhooks.update>, @Context() context: RequestContext) {
    return this.service.update(context, input);
  }

  @Handles(webhooks.delete)
  delete(@Input() input: InputOf<typeof webhooks.delete>, @Context() context: RequestContext) {
    return this.service.delete(context, input);
  }

  @Handles(webhooks.rotateSecret)
  rotateSecret(@Input() input: InputOf<typeof webhooks.rotateSecret>, @Context() context: RequestContext) {
    return this.service.rotateSecret(context, input);
  }

  @Handles(deliveries.test)
  test(@Input() input: InputOf<typeof deliveries.test>, @Context() context: RequestContext) {
    return this.deliveries.test(context, input);
  }

  @Handles(deliveries.list)
  listDeliveries(@Input() input: InputOf<typeof deliveries.list>, @Context() context: RequestContext) {
    return this.deliveries.list(context, input);
  }

  @Handles(deliveries.get)
  getDelivery(@Input() input: InputOf<typeof deliveries.get>, @Context() context: RequestContext) {
    return this.deliveries.get(context, input);
  }

  @Handles(deliveries.redeliver)
  redeliver(@Input() input: InputOf<typeof deliveries.redeliver>, @Context() context: RequestContext) {
    return this.deliveries.redeliver(context, input);
  }

  @Handles(replays.create)
  replay(@Input() input: InputOf<typeof replays.create>, @Context() context: RequestContext) {
    return this.replays.create(context, input);
  }

  @Handles(replays.get)
  getReplay(@Input() input: InputOf<typeof replays.get>, @Context() context: RequestContext) {
    return this.replays.get(context, input);
  }

  @Handles(events.list)
  listEvents(@Input() input: InputOf<typeof events.list>, @Context() context: RequestContext) {
    return this.feed.list(context, input);
  }

  @Handles(events.get)
  getEvent(@Input() { id }: InputOf<typeof events.get>, @Context() context: RequestContext) {
    return this.feed.get(context, id);
  }
}
