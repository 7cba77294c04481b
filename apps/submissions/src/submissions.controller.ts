import { Controller } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { submissions } from '@nexivo/contracts/submissions';
import type { Call } from '@nexivo/service/call';
import { Handles, Input, OnBehalf } from '@nexivo/service/command.controller';
import type { Reply } from '@nexivo/service/reply';
import { SubmissionsService } from './submissions.service.js';

/** The bus's face of the service: one line a command. */
@Controller()
export class SubmissionsController {
  constructor(private readonly service: SubmissionsService) {}

  @Handles(submissions.list)
  list(
    @Input() input: InputOf<typeof submissions.list>,
    @OnBehalf() call: Call,
  ): Promise<OutputOf<typeof submissions.list>> {
    return this.service.list(call, input);
  }

  @Handles(submissions.listForJob)
  listForJob(
    @Input() input: InputOf<typeof submissions.listForJob>,
    @OnBehalf() call: Call,
  ): Promise<OutputOf<typeof submissions.listForJob>> {
    return this.service.listForJob(call, input);
  }

  @Handles(submissions.create)
  create(
    @Input() input: InputOf<typeof submissions.create>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof submissions.create>>> {
    return this.service.create(call, input);
  }

  @Handles(submissions.get)
  get(
    @Input() { id }: InputOf<typeof submissions.get>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof submissions.get>>> {
    return this.service.get(call, id);
  }

  @Handles(submissions.history)
  history(
    @Input() input: InputOf<typeof submissions.history>,
    @OnBehalf() call: Call,
  ): Promise<OutputOf<typeof submissions.history>> {
    return this.service.history(call, input);
  }

  @Handles(submissions.update)
  update(
    @Input() input: InputOf<typeof submissions.update>,
    @OnBehalf() call: Call,
  ): Promise<Reply<OutputOf<typeof submissions.update>>> {
    return this.service.update(call, input);
  }
}
