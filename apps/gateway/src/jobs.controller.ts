import { Controller } from '@nestjs/common';
import { jobRoutes, jobs } from '@nexivo/contracts/jobs';
import type { OutputOf } from '@nexivo/contracts/command';
import type { RequestOf } from '@nexivo/contracts/route';
import { BusClient, type Relayed } from '@nexivo/service/bus.client';
import type { Reply } from '@nexivo/service/reply';
import type { Caller as CallerType } from './auth/caller.js';
import { Caller, Endpoint, Input } from './http/endpoint.js';

/** HTTP to commands: jobs. */
@Controller()
export class JobsController {
  constructor(private readonly bus: BusClient) {}

  @Endpoint(jobRoutes.list)
  list(@Input() { query }: RequestOf<typeof jobRoutes.list>, @Caller() caller: CallerType): Promise<Reply<Relayed>> {
    return this.bus.relay(jobs.list, query, caller);
  }

  @Endpoint(jobRoutes.create)
  create(
    @Input() { body }: RequestOf<typeof jobRoutes.create>,
    @Caller() caller: CallerType,
  ): Promise<Reply<OutputOf<typeof jobs.create>>> {
    return this.bus.exchange(jobs.create, body, caller);
  }

  @Endpoint(jobRoutes.get)
  get(@Input() { params }: RequestOf<typeof jobRoutes.get>, @Caller() caller: CallerType): Promise<Reply<Relayed>> {
    return this.bus.relay(jobs.get, params, caller);
  }

  @Endpoint(jobRoutes.update)
  update(
    @Input() { params, body }: RequestOf<typeof jobRoutes.update>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Relayed>> {
    return this.bus.relay(jobs.update, { ...params, patch: body }, caller);
  }

  @Endpoint(jobRoutes.close)
  close(@Input() { params }: RequestOf<typeof jobRoutes.close>, @Caller() caller: CallerType): Promise<Reply<Relayed>> {
    return this.bus.relay(jobs.close, params, caller);
  }
}
