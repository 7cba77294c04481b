import { Controller } from '@nestjs/common';
import { jobs } from '@nexivo/contracts/jobs';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import type { Call } from '@nexivo/service/call';
import { Handles, Input, OnBehalf } from '@nexivo/service/command.controller';
import type { Reply } from '@nexivo/service/reply';
import { JobsService } from './jobs.service.js';

/** The bus's face of the service: one line a command. */
@Controller()
export class JobsController {
  constructor(private readonly service: JobsService) {}

  @Handles(jobs.list)
  list(@Input() input: InputOf<typeof jobs.list>, @OnBehalf() call: Call): Promise<OutputOf<typeof jobs.list>> {
    return this.service.list(call, input);
  }

  @Handles(jobs.create)
  create(
    @Input() input: InputOf<typeof jobs.create>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof jobs.create>>> {
    return this.service.create(call, input);
  }

  @Handles(jobs.get)
  get(@Input() { id }: InputOf<typeof jobs.get>, @OnBehalf() call: Call): Promise<Reply<OutputOf<typeof jobs.get>>> {
    return this.service.get(call, id);
  }

  @Handles(jobs.getMany)
  getMany(
    @Input() { ids }: InputOf<typeof jobs.getMany>,
    @OnBehalf() call: Call,
  ): Promise<OutputOf<typeof jobs.getMany>> {
    return this.service.getMany(call, ids);
  }

  @Handles(jobs.update)
  update(
    @Input() input: InputOf<typeof jobs.update>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof jobs.update>>> {
    return this.service.update(call, input);
  }

  @Handles(jobs.close)
  close(
    @Input() input: InputOf<typeof jobs.close>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof jobs.close>>> {
    return this.service.close(call, input);
  }
}
