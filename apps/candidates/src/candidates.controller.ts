import { Controller } from '@nestjs/common';
import { candidates } from '@nexivo/contracts/candidates';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import type { Call } from '@nexivo/service/call';
import { Handles, Input, OnBehalf } from '@nexivo/service/command.controller';
import type { Reply } from '@nexivo/service/reply';
import { CandidatesService } from './candidates.service.js';

/** The bus's face of the service: one line a command. */
@Controller()
export class CandidatesController {
  constructor(private readonly service: CandidatesService) {}

  @Handles(candidates.list)
  list(
    @Input() input: InputOf<typeof candidates.list>,
    @OnBehalf() call: Call,
  ): Promise<OutputOf<typeof candidates.list>> {
    return this.service.list(call, input);
  }

  @Handles(candidates.create)
  create(
    @Input() input: InputOf<typeof candidates.create>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof candidates.create>>> {
    return this.service.create(call, input);
  }

  @Handles(candidates.get)
  get(
    @Input() { id }: InputOf<typeof candidates.get>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof candidates.get>>> {
    return this.service.get(call, id);
  }

  @Handles(candidates.getMany)
  getMany(
    @Input() { ids }: InputOf<typeof candidates.getMany>,
    @OnBehalf() call: Call,
  ): Promise<OutputOf<typeof candidates.getMany>> {
    return this.service.getMany(call, ids);
  }

  @Handles(candidates.update)
  update(
    @Input() input: InputOf<typeof candidates.update>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof candidates.update>>> {
    return this.service.update(call, input);
  }

  @Handles(candidates.delete)
  delete(
    @Input() input: InputOf<typeof candidates.delete>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof candidates.delete>>> {
    return this.service.delete(call, input);
  }
}
