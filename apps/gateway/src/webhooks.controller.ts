import { Controller } from '@nestjs/common';
import type { OutputOf } from '@nexivo/contracts/command';
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

  @Endpoint(webhookRoutes.test)
  test(@Input() { params }: Request<'test'>, @Caller() caller: CallerType): Promise<Reply<Output<'test'>>> {
    return this.bus.exchange(webhooks.test, params, caller);
  }

  @Endpoint(webhookRoutes.listDeliveries)
  listDeliveries(
    @Input() { params, query }: Request<'listDeliveries'>,
    @Caller() caller: CallerType,
  ): Promise<Output<'listDeliveries'>> {
    return this.bus.call(webhooks.listDeliveries, { ...query, ...params }, caller);
  }

  @Endpoint(webhookRoutes.getDelivery)
  getDelivery(
    @Input() { params }: Request<'getDelivery'>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Output<'getDelivery'>>> {
    return this.bus.exchange(webhooks.getDelivery, params, caller);
  }

  @Endpoint(webhookRoutes.redeliver)
  redeliver(
    @Input() { params }: Request<'redeliver'>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Output<'redeliver'>>> {
    return this.bus.exchange(webhooks.redeliver, params, caller);
  }

  @Endpoint(webhookRoutes.replay)
  replay(@Input() { params, body }: Request<'replay'>, @Caller() caller: CallerType): Promise<Reply<Output<'replay'>>> {
    return this.bus.exchange(webhooks.replay, { ...body, ...params }, caller);
  }

  @Endpoint(webhookRoutes.getReplay)
  getReplay(
    @Input() { params }: Request<'getReplay'>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Output<'getReplay'>>> {
    return this.bus.exchange(webhooks.getReplay, params, caller);
  }
}
