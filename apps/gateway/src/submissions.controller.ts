import { Controller } from '@nestjs/common';
import type { OutputOf } from '@nexivo/contracts/command';
import type { Page } from '@nexivo/contracts/pagination';
import type { RequestOf } from '@nexivo/contracts/route';
import { type ExpandedSubmission, submissionRoutes, submissions } from '@nexivo/contracts/submissions';
import { BusClient, type Relayed } from '@nexivo/service/bus.client';
import type { Reply } from '@nexivo/service/reply';
import type { Caller as CallerType } from './auth/caller.js';
import { expandSubmissions } from './expand-submissions.js';
import { Caller, Endpoint, Input } from './http/endpoint.js';

type Request<Name extends keyof typeof submissionRoutes> = RequestOf<(typeof submissionRoutes)[Name]>;
type Output<Name extends keyof typeof submissions> = OutputOf<(typeof submissions)[Name]>;

/** HTTP to commands: submissions. */
@Controller()
export class SubmissionsController {
  constructor(private readonly bus: BusClient) {}

  @Endpoint(submissionRoutes.listForJob)
  async listForJob(
    @Input() { params, query: { expand, ...query } }: Request<'listForJob'>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Relayed> | Page<ExpandedSubmission>> {
    const input = { ...query, ...params };
    if (expand.length === 0) return this.bus.relay(submissions.listForJob, input, caller);
    const page = await this.bus.call(submissions.listForJob, input, caller);
    return { ...page, data: await expandSubmissions(this.bus, caller, page.data, expand) };
  }

  @Endpoint(submissionRoutes.list)
  async list(
    @Input() { query: { expand, ...query } }: Request<'list'>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Relayed> | Page<ExpandedSubmission>> {
    if (expand.length === 0) return this.bus.relay(submissions.list, query, caller);
    const page = await this.bus.call(submissions.list, query, caller);
    return { ...page, data: await expandSubmissions(this.bus, caller, page.data, expand) };
  }

  @Endpoint(submissionRoutes.get)
  async get(
    @Input() { params, query: { expand } }: Request<'get'>,
    @Caller() caller: CallerType,
  ): Promise<Reply<Relayed> | ExpandedSubmission> {
    if (expand.length === 0) return this.bus.relay(submissions.get, params, caller);
    const row = await this.bus.call(submissions.get, params, caller);
    // Without its version: it no longer says all that the answer depends on.
    const [expanded] = await expandSubmissions(this.bus, caller, [row], expand);
    return expanded!;
  }

  @Endpoint(submissionRoutes.create)
  create(@Input() { params, body }: Request<'create'>, @Caller() caller: CallerType): Promise<Reply<Output<'create'>>> {
    return this.bus.exchange(submissions.create, { ...body, ...params }, caller);
  }

  @Endpoint(submissionRoutes.history)
  history(@Input() { params, query }: Request<'history'>, @Caller() caller: CallerType): Promise<Output<'history'>> {
    return this.bus.call(submissions.history, { ...query, ...params }, caller);
  }

  @Endpoint(submissionRoutes.update)
  update(@Input() { params, body }: Request<'update'>, @Caller() caller: CallerType): Promise<Reply<Output<'update'>>> {
    return this.bus.exchange(submissions.update, { ...params, patch: body }, caller);
  }
}
