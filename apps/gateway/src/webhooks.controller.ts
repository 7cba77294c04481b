import { Controller } from '@nestjs/common';
import type { OutputOf } from '@nexivo/contracts/command';
import { deliveries, deliveryRoutes } from '@nexivo/contracts/deliveries';
import { replayRoutes, replays } from '@nexivo/contracts/replays';
import type { RequestOf } from '@nexivo/contracts/route';
import { webhookRoutes, webhooks } from '@nexivo/contracts/webhooks';
import { BusClient } from '@nexivo/service/bus.client';
import type { Reply } from '@nexivo/service/reply';
import type { Caller as CallerType } from './auth/caller.js';
import { Caller, Endpoint, Input } from './http/endpoint.js';

type Request<Name extends keyof typeof webhookRoutes> = RequestOf<(typeof webhookRoutes)[Name]>;
type Output<Name extends keyof typeof webhooks> = OutputOf<(typeof webhooks)[Name]>;

/** HTTP to commands: webhooks, their deliveries and replays. */
@Controller()
export class WebhooksController {
  constructor(private readonly bus: BusClient) {}

  @Endpoint(webhookRoutes.list)
  list(@Input() { query }: Request<'list'>, @Caller() caller: CallerType): Promise<Output<'list'>> {
    return this.bus.call(webhooks.list, query, caller);
  }

  @Endpoint(webhookRoutes.create)
  create(@Input() { body }: Request<'create'>, @Caller() caller: CallerType): Promise<Reply<Output<'create'>>> {
    return this.bus.exchange(webhooks.create, body, caller);
  }

  @Endpoint(webhookRoutes.get)
  get(@Input() { params }: Request<'get'>, @Caller() caller: CallerType): Promise<Reply<Output<'get'>>> {
    return this.bus.exchange(webhooks.get, params, caller);
  }

  @Endpoint(webhookRoutes.update)
  update(@Input() { params, body }: Request<'update'>, @Caller() caller: CallerType): Promise<Reply<Output<'update'>>> {
    return this.bus.exchange(webhooks.update, { ...params, patch: body }, caller);
  }

  @Endpoint(webhookRoutes.delete)
  delete(@Input() { params }: Request<'delete'>, @Caller() caller: CallerType): Promise<Reply<Output<'delete'>>> {
    return this.bus.exchange(webhooks.delete, params, caller);
  }

  @Endpoint(webhookRoutes.rotateSecret)
  rotateSecret(
    @Input() { params }: Request<'rotateSecret'>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Output<'rotateSecret'>>> {
    return this.bus.exchange(webhooks.rotateSecret, params, caller);
  }

  @Endpoint(deliveryRoutes.test)
  test(
    @Input() { params }: RequestOf<typeof deliveryRoutes.test>,
    @Caller() caller: CallerType,
  ): Promise<Reply<OutputOf<typeof deliveries.test>>> {
    return this.bus.exchange(deliveries.test, params, caller);
  }

  @Endpoint(deliveryRoutes.list)
  listDeliveries(
    @Input() { params, query }: RequestOf<typeof deliveryRoutes.list>,
    @Caller() caller: CallerType,
  ): Promise<OutputOf<typeof deliveries.list>> {
    return this.bus.call(deliveries.list, { ...query, ...params }, caller);
  }

  @Endpoint(deliveryRoutes.get)
  getDelivery(
    @Input() { params }: RequestOf<typeof deliveryRoutes.get>,
    @Caller() caller: CallerType,
  ): Promise<Reply<OutputOf<typeof deliveries.get>>> {
    return this.bus.exchange(deliveries.get, params, caller);
  }

  @Endpoint(deliveryRoutes.redeliver)
  redeliver(
    @Input() { params }: RequestOf<typeof deliveryRoutes.redeliver>,
    @Caller() caller: CallerType,
  ): Promise<Reply<OutputOf<typeof deliveries.redeliver>>> {
    return this.bus.exchange(deliveries.redeliver, params, caller);
  }

  @Endpoint(replayRoutes.create)
  replay(
    @Input() { params, body }: RequestOf<typeof replayRoutes.create>,
    @Caller() caller: CallerType,
  ): Promise<Reply<OutputOf<typeof replays.create>>> {
    return this.bus.exchange(replays.create, { ...body, ...params }, caller);
  }

  @Endpoint(replayRoutes.get)
  getReplay(
    @Input() { params }: RequestOf<typeof replayRoutes.get>,
    @Caller() caller: CallerType,
  ): Promise<Reply<OutputOf<typeof replays.get>>> {
    return this.bus.exchange(replays.get, params, caller);
  }
}
