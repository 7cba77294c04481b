import { Controller } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { deliveries } from '@nexivo/contracts/deliveries';
import { events } from '@nexivo/contracts/events';
import { replays } from '@nexivo/contracts/replays';
import { webhooks } from '@nexivo/contracts/webhooks';
import type { Call } from '@nexivo/service/call';
import { Handles, Input, OnBehalf } from '@nexivo/service/command.controller';
import type { Reply } from '@nexivo/service/reply';
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
  list(@Input() input: InputOf<typeof webhooks.list>, @OnBehalf() call: Call): Promise<OutputOf<typeof webhooks.list>> {
    return this.service.list(call, input);
  }

  @Handles(webhooks.create)
  create(
    @Input() input: InputOf<typeof webhooks.create>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof webhooks.create>>> {
    return this.service.create(call, input);
  }

  @Handles(webhooks.get)
  get(
    @Input() { id }: InputOf<typeof webhooks.get>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof webhooks.get>>> {
    return this.service.get(call, id);
  }

  @Handles(webhooks.update)
  update(
    @Input() input: InputOf<typeof webhooks.update>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof webhooks.update>>> {
    return this.service.update(call, input);
  }

  @Handles(webhooks.delete)
  delete(
    @Input() input: InputOf<typeof webhooks.delete>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof webhooks.delete>>> {
    return this.service.delete(call, input);
  }

  @Handles(webhooks.rotateSecret)
  rotateSecret(
    @Input() input: InputOf<typeof webhooks.rotateSecret>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof webhooks.rotateSecret>>> {
    return this.service.rotateSecret(call, input);
  }

  @Handles(deliveries.test)
  test(
    @Input() input: InputOf<typeof deliveries.test>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof deliveries.test>>> {
    return this.deliveries.test(call, input);
  }

  @Handles(deliveries.list)
  listDeliveries(
    @Input() input: InputOf<typeof deliveries.list>,
    @OnBehalf() call: Call,
  ): Promise<OutputOf<typeof deliveries.list>> {
    return this.deliveries.list(call, input);
  }

  @Handles(deliveries.get)
  getDelivery(
    @Input() input: InputOf<typeof deliveries.get>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof deliveries.get>>> {
    return this.deliveries.get(call, input);
  }

  @Handles(deliveries.redeliver)
  redeliver(
    @Input() input: InputOf<typeof deliveries.redeliver>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof deliveries.redeliver>>> {
    return this.deliveries.redeliver(call, input);
  }

  @Handles(replays.create)
  replay(
    @Input() input: InputOf<typeof replays.create>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof replays.create>>> {
    return this.replays.create(call, input);
  }

  @Handles(replays.get)
  getReplay(
    @Input() input: InputOf<typeof replays.get>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof replays.get>>> {
    return this.replays.get(call, input);
  }

  @Handles(events.list)
  listEvents(
    @Input() input: InputOf<typeof events.list>,
    @OnBehalf() call: Call,
  ): Promise<OutputOf<typeof events.list>> {
    return this.feed.list(call, input);
  }
}
