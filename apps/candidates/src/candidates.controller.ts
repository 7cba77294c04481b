import { Controller } from '@nestjs/common';
import { candidates } from '@nexivo/contracts/candidates';
import type { InputOf } from '@nexivo/contracts/command';
import type { RequestContext } from '@nexivo/bus/context';
import { Context, Handles, Input } from '@nexivo/bus/command.controller';
import { CandidatesService } from './candidates.service.js';

type In<Name extends keyof typeof candidates> = InputOf<(typeof candidates)[Name]>;

/** The bus's face of the service: one line a command. */
@Controller()
export class CandidatesController {
  constructor(private readonly service: CandidatesService) {}

  @Handles(candidates.list)
  list(@Input() input: In<'list'>, @Context() context: RequestContext) {
    return this.service.list(context, input);
  }

  @Handles(candidates.create)
  create(@Input() input: In<'create'>, @Context() context: RequestContext) {
    return this.service.create(context, input);
  }

  @Handles(candidates.get)
  get(@Input() { id }: In<'get'>, @Context() context: RequestContext) {
    return this.service.get(context, id);
  }

  @Handles(candidates.getMany)
  getMany(@Input() { ids }: In<'getMany'>, @Context() context: RequestContext) {
    return this.service.getMany(context, ids);
  }

  @Handles(candidates.put)
  put(@Input() input: In<'put'>, @Context() context: RequestContext) {
    return this.service.put(context, input);
  }

  @Handles(candidates.update)
  update(@Input() input: In<'update'>, @Context() context: RequestContext) {
    return this.service.update(context, input);
  }

  @Handles(candidates.delete)
  delete(@Input() input: In<'delete'>, @Context() context: RequestContext) {
    return this.service.delete(context, input);
  }
}
