import { Controller, Inject, type Type } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { counterCommands, type CountingService } from '@nexivo/contracts/counters';
import { DataSource } from 'typeorm';
import { Handles, Input } from '@nexivo/bus/command.controller';
import { checkCounters, type CountedTable } from './list-counters.js';

/** The bus's face of a service's counters: each service has its own subject. */
export function countersController(service: CountingService, counted: CountedTable): Type {
  const commands = counterCommands(service);

  @Controller()
  class CountersController {
    constructor(@Inject(DataSource) private readonly database: DataSource) {}

    @Handles(commands.check)
    check(@Input() { repair, after }: InputOf<typeof commands.check>): Promise<OutputOf<typeof commands.check>> {
      return checkCounters(this.database, counted, { repair, after });
    }
  }
  return CountersController;
}
