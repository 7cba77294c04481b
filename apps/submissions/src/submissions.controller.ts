import { Controller } from '@nestjs/common';
import type { InputOf } from '@nexivo/contracts/command';
import { submissions } from '@nexivo/contracts/submissions';
import type { RequestContext } from '@nexivo/bus/context';
import { Context, Handles, Input } from '@nexivo/bus/command.controller';
import { SubmissionsService } from './submissions.service.js';

type In<Name extends keyof typeof submissions> = InputOf<(typeof submissions)[Name]>;

/** The bus's face of the service: one line a command. */
@Controller()
export class SubmissionsController {
  constructor(private readonly service: SubmissionsService) {}

  @Handles(submissions.list)
  list(@Input() input: In<'list'>, @Context() context: RequestContext) {
    return this.service.list(context, input);
  }

  @Handles(submissions.listForJob)
  listForJob(@Input() input: In<'listForJob'>, @Context() context: RequestContext) {
    return this.service.listForJob(context, input);
  }

  @Handles(submissions.create)
  create(@Input() input: In<'create'>, @Context() context: RequestContext) {
    return this.service.create(context, input);
  }

  @Handles(submissions.get)
  get(@Input() { id }: In<'get'>, @Context() context: RequestContext) {
    return this.service.get(context, id);
  }

  @Handles(submissions.history)
  history(@Input() input: In<'history'>, @Context() context: RequestContext) {
    return this.service.history(context, input);
  }

  @Handles(submissions.update)
  update(@Input() input: In<'update'>, @Context() context: RequestContext) {
    return this.service.update(context, input);
  }
}
