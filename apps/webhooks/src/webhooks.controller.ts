import { Controller } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import { webhooks } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { Context, Handles, Input } from '@nexivo/bus/command.controller';
import { DeliveriesService } from './deliveries.service.js';
import { EventFeed } from './event-feed.js';
import { ReplaysService } from './replays/replays.service.js';
import { WebhooksService } from './webhooks.service.js';

type In<Name extends keyof typeof webhooks> = InputOf<(typeof webhooks)[Name]>;

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
  list(@Input() input: In<'list'>, @Context() context: RequestContext) {
    return this.service.list(context, input);
  }

  @Handles(webhooks.create)
  create(@Input() input: In<'create'>, @Context() context: RequestContext) {
    return this.service.create(context, input);
  }

  @Handles(webhooks.get)
  get(@Input() { id }: In<'get'>, @Context() context: RequestContext) {
    return this.service.get(context, id);
  }

  @Handles(webhooks.update)
  update(@Input() input: In<'update'>, @Context() context: RequestContext) {
    return this.service.update(context, input);
  }

  @Handles(webhooks.delete)
  delete(@Input() input: In<'delete'>, @Context() context: RequestContext) {
    return this.service.delete(context, input);
  }

  @Handles(webhooks.rotateSecret)
  rotateSecret(@Input() input: In<'rotateSecret'>, @Context() context: RequestContext) {
    return this.service.rotateSecret(context, input);
  }

  @Handles(webhooks.test)
  test(@Input() input: In<'test'>, @Context() context: RequestContext) {
    return this.deliveries.test(context, input);
  }

  @Handles(webhooks.listDeliveries)
  listDeliveries(@Input() input: In<'listDeliveries'>, @Context() context: RequestContext) {
    return this.deliveries.list(context, input);
  }

  @Handles(webhooks.getDelivery)
  getDelivery(@Input() input: In<'getDelivery'>, @Context() context: RequestContext) {
    return this.deliveries.get(context, input);
  }

  @Handles(webhooks.redeliver)
  redeliver(@Input() input: In<'redeliver'>, @Context() context: RequestContext) {
    return this.deliveries.redeliver(context, input);
  }

  @Handles(webhooks.replay)
  replay(@Input() input: In<'replay'>, @Context() context: RequestContext) {
    return this.replays.create(context, input);
  }

  @Handles(webhooks.getReplay)
  getReplay(@Input() input: In<'getReplay'>, @Context() context: RequestContext) {
    return this.replays.get(context, input);
  }

  @Handles(webhooks.listEvents)
  listEvents(@Input() input: In<'listEvents'>, @Context() context: RequestContext) {
    return this.feed.list(context, input);
  }
}
