import { Controller } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { webhooks } from '@nexivo/contracts/webhooks';
import type { Call } from '@nexivo/service/call';
import { Handles, Input, OnBehalf } from '@nexivo/service/command.controller';
import type { Reply } from '@nexivo/service/reply';
import { DeliveriesService } from './deliveries/deliveries.service.js';
import { EventFeed } from './events/event-feed.js';
import { ReplaysService } from './deliveries/replays.service.js';
import { WebhooksService } from './endpoints/webhooks.service.js';

type In<Name extends keyof typeof webhooks> = InputOf<(typeof webhooks)[Name]>;
type Out<Name extends keyof typeof webhooks> = OutputOf<(typeof webhooks)[Name]>;

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
  list(@Input() input: In<'list'>, @OnBehalf() call: Call): Promise<Out<'list'>> {
    return this.service.list(call, input);
  }

  @Handles(webhooks.create)
  create(@Input() input: In<'create'>, @OnBehalf() call: Call): Promise<Reply<Out<'create'>>> {
    return this.service.create(call, input);
  }

  @Handles(webhooks.get)
  get(@Input() { id }: In<'get'>, @OnBehalf() call: Call): Promise<Reply<Out<'get'>>> {
    return this.service.get(call, id);
  }

  @Handles(webhooks.update)
  update(@Input() input: In<'update'>, @OnBehalf() call: Call): Promise<Reply<Out<'update'>>> {
    return this.service.update(call, input);
  }

  @Handles(webhooks.delete)
  delete(@Input() input: In<'delete'>, @OnBehalf() call: Call): Promise<Reply<Out<'delete'>>> {
    return this.service.delete(call, input);
  }

  @Handles(webhooks.rotateSecret)
  rotateSecret(@Input() input: In<'rotateSecret'>, @OnBehalf() call: Call): Promise<Reply<Out<'rotateSecret'>>> {
    return this.service.rotateSecret(call, input);
  }

  @Handles(webhooks.test)
  test(@Input() input: In<'test'>, @OnBehalf() call: Call): Promise<Reply<Out<'test'>>> {
    return this.deliveries.test(call, input);
  }

  @Handles(webhooks.listDeliveries)
  listDeliveries(@Input() input: In<'listDeliveries'>, @OnBehalf() call: Call): Promise<Out<'listDeliveries'>> {
    return this.deliveries.list(call, input);
  }

  @Handles(webhooks.getDelivery)
  getDelivery(@Input() input: In<'getDelivery'>, @OnBehalf() call: Call): Promise<Reply<Out<'getDelivery'>>> {
    return this.deliveries.get(call, input);
  }

  @Handles(webhooks.redeliver)
  redeliver(@Input() input: In<'redeliver'>, @OnBehalf() call: Call): Promise<Reply<Out<'redeliver'>>> {
    return this.deliveries.redeliver(call, input);
  }

  @Handles(webhooks.replay)
  replay(@Input() input: In<'replay'>, @OnBehalf() call: Call): Promise<Reply<Out<'replay'>>> {
    return this.replays.create(call, input);
  }

  @Handles(webhooks.getReplay)
  getReplay(@Input() input: In<'getReplay'>, @OnBehalf() call: Call): Promise<Reply<Out<'getReplay'>>> {
    return this.replays.get(call, input);
  }

  @Handles(webhooks.listEvents)
  listEvents(@Input() input: In<'listEvents'>, @OnBehalf() call: Call): Promise<Out<'listEvents'>> {
    return this.feed.list(call, input);
  }
}
