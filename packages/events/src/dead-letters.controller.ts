import { Controller, Inject, type Type } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { type ConsumingService, deadLetterCommands } from '@nexivo/contracts/dead-letters';
import type { RequestContext } from '@nexivo/bus/context';
import { Handles, Input, Context } from '@nexivo/bus/command.controller';
import { DeadLetters } from './dead-letters.js';

/** The bus's face of a service's dead letters: each service has its own subjects. */
export function deadLettersController(service: ConsumingService): Type {
  const commands = deadLetterCommands(service);

  @Controller()
  class DeadLettersController {
    constructor(@Inject(DeadLetters) private readonly deadLetters: DeadLetters) {}

    @Handles(commands.list)
    list(@Input() input: InputOf<typeof commands.list>): Promise<OutputOf<typeof commands.list>> {
      return this.deadLetters.list(input);
    }

    @Handles(commands.redrive)
    redrive(
      @Input() input: InputOf<typeof commands.redrive>,
      @Context() context: RequestContext,
    ): Promise<OutputOf<typeof commands.redrive>> {
      return this.deadLetters.redrive(context, input);
    }

    @Handles(commands.show)
    show(@Input() { id }: InputOf<typeof commands.show>): Promise<OutputOf<typeof commands.show>> {
      return this.deadLetters.show(id);
    }

    @Handles(commands.discard)
    discard(
      @Input() { ids }: InputOf<typeof commands.discard>,
      @Context() context: RequestContext,
    ): Promise<OutputOf<typeof commands.discard>> {
      return this.deadLetters.discard(context, ids);
    }
  }
  return DeadLettersController;
}
