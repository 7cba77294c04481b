import { Controller } from '@nestjs/common';
import { candidateRoutes, candidates } from '@nexivo/contracts/candidates';
import type { OutputOf } from '@nexivo/contracts/command';
import type { RequestOf } from '@nexivo/contracts/route';
import { BusClient, type Relayed } from '@nexivo/service/bus.client';
import type { Reply } from '@nexivo/service/reply';
import type { Caller as CallerType } from './auth/caller.js';
import { Caller, Endpoint, Input } from './http/endpoint.js';

/** HTTP to commands: candidates. */
@Controller()
export class CandidatesController {
  constructor(private readonly bus: BusClient) {}

  @Endpoint(candidateRoutes.list)
  list(
    @Input() { query }: RequestOf<typeof candidateRoutes.list>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Relayed>> {
    return this.bus.relay(candidates.list, query, caller);
  }

  @Endpoint(candidateRoutes.create)
  create(
    @Input() { body }: RequestOf<typeof candidateRoutes.create>,
    @Caller() caller: CallerType,
  ): Promise<Reply<OutputOf<typeof candidates.create>>> {
    return this.bus.exchange(candidates.create, body, caller);
  }

  @Endpoint(candidateRoutes.get)
  get(
    @Input() { params }: RequestOf<typeof candidateRoutes.get>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Relayed>> {
    return this.bus.relay(candidates.get, params, caller);
  }

  @Endpoint(candidateRoutes.update)
  update(
    @Input() { params, body }: RequestOf<typeof candidateRoutes.update>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Relayed>> {
    return this.bus.relay(candidates.update, { ...params, patch: body }, caller);
  }

  @Endpoint(candidateRoutes.delete)
  delete(
    @Input() { params }: RequestOf<typeof candidateRoutes.delete>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Relayed>> {
    return this.bus.relay(candidates.delete, params, caller);
  }
}
