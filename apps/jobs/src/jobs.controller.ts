import { Controller } from '@nestjs/common';
import { jobs } from '@nexivo/contracts/jobs';
import type { InputOf } from '@nexivo/contracts/command';
import type { RequestContext } from '@nexivo/bus/context';
import { Context, Handles, Input } from '@nexivo/bus/command.controller';
import { JobsService } from './jobs.service.js';

type In<Name extends keyof typeof jobs> = InputOf<(typeof jobs)[Name]>;

/** The bus's face of the service: one line a command. */
@Controller()
export class JobsController {
  constructor(private readonly service: JobsService) {}

  @Handles(jobs.list)
  list(@Input() input: In<'list'>, @Context() context: RequestContext) {
    return this.service.list(context, input);
  }

  @Handles(jobs.create)
  create(@Input() input: In<'create'>, @Context() context: RequestContext) {
    return this.service.create(context, input);
  }

  @Handles(jobs.get)
  get(@Input() { id }: In<'get'>, @Context() context: RequestContext) {
    return this.service.get(context, id);
  }

  @Handles(jobs.getMany)
  getMany(@Input() { ids }: In<'getMany'>, @Context() context: RequestContext) {
    return this.service.getMany(context, ids);
  }

  @Handles(jobs.put)
  put(@Input() input: In<'put'>, @Context() context: RequestContext) {
    return this.service.put(context, input);
  }

  @Handles(jobs.update)
  update(@Input() input: In<'update'>, @Context() context: RequestContext) {
    return this.service.update(context, input);
  }

  @Handles(jobs.close)
  close(@Input() input: In<'close'>, @Context() context: RequestContext) {
    return this.service.close(context, input);
  }
}
