import { Controller } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import { deliveries } from '@nexivo/contracts/deliveries';
import { endpointCommands } from '@nexivo/contracts/endpoints';
import { events } from '@nexivo/contracts/events';
import { redeliveries } from '@nexivo/contracts/redeliveries';
import { replays } from '@nexivo/contracts/replays';
import { webhookHealthCommands } from '@nexivo/contracts/webhook-health';
import { webhooks } from '@nexivo/contracts/webhooks';
import type { RequestContext } from '@nexivo/bus/context';
import { Context, Handles, Input } from '@nexivo/bus/command.controller';
import { DeliveriesService } from './deliveries/deliveries.service.js';
import { RedeliveriesService } from './deliveries/redeliveries.service.js';
import { ReplaysService } from './deliveries/replays.service.js';
import { EndpointReport } from './endpoints/endpoint-report.js';
import { HealthService } from './endpoints/health.service.js';
import { WebhooksService } from './endpoints/webhooks.service.js';
import { EventFeed } from './events/event-feed.js';

/** The bus's face of the service: one line a command. */
@Controller()
export class WebhooksController {
  constructor(
    private readonly service: WebhooksService,
    private readonly deliveries: DeliveriesService,
    private readonly replays: ReplaysService,
    private readonly redeliveries: RedeliveriesService,
    private readonly feed: EventFeed,
    private readonly health: HealthService,
    private readonly report: EndpointReport,
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

  @Handles(webhookHealthCommands.get)
  getHealth(@Input() { id }: InputOf<typeof webhookHealthCommands.get>, @Context() context: RequestContext) {
    return this.health.get(context, id);
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

  @Handles(replays.list)
  listReplays(@Input() input: InputOf<typeof replays.list>, @Context() context: RequestContext) {
    return this.replays.list(context, input);
  }

  @Handles(replays.cancel)
  cancelReplay(@Input() input: InputOf<typeof replays.cancel>, @Context() context: RequestContext) {
    return this.replays.cancel(context, input);
  }

  @Handles(redeliveries.count)
  countFailed(@Input() input: InputOf<typeof redeliveries.count>, @Context() context: RequestContext) {
    return this.redeliveries.count(context, input);
  }

  @Handles(redeliveries.create)
  redeliverFailed(@Input() input: InputOf<typeof redeliveries.create>, @Context() context: RequestContext) {
    return this.redeliveries.create(context, input);
  }

  @Handles(redeliveries.list)
  listRedeliveries(@Input() input: InputOf<typeof redeliveries.list>, @Context() context: RequestContext) {
    return this.redeliveries.list(context, input);
  }

  @Handles(redeliveries.get)
  getRedelivery(@Input() input: InputOf<typeof redeliveries.get>, @Context() context: RequestContext) {
    return this.redeliveries.get(context, input);
  }

  @Handles(redeliveries.cancel)
  cancelRedelivery(@Input() input: InputOf<typeof redeliveries.cancel>, @Context() context: RequestContext) {
    return this.redeliveries.cancel(context, input);
  }

  @Handles(events.list)
  listEvents(@Input() input: InputOf<typeof events.list>, @Context() context: RequestContext) {
    return this.feed.list(context, input);
  }

  @Handles(events.get)
  getEvent(@Input() { id }: InputOf<typeof events.get>, @Context() context: RequestContext) {
    return this.feed.get(context, id);
  }
  @Handles(endpointCommands.list)
  listEndpoints(@Input() input: InputOf<typeof endpointCommands.list>) {
    return this.report.list(input);
  }
}
