import { Controller, Inject, type Type } from '@nestjs/common';
import type { InputOf, OutputOf } from '@nexivo/contracts/command';
import { counterCommands, type CountingService } from '@nexivo/contracts/counters';
import { DataSource } from 'typeorm';
import { Handles, Input } from '@nexivo/bus/command.controller';
import { type CountedTable, findMiscounts, recount } from './list-counters.js';

/** The bus's face of a service's counters: each service has its own subject. */
export function countersController(service: CountingService, counted: CountedTable): Type {
  const commands = counterCommands(service);

  @Controller()
  class CountersController {
    constructor(@Inject(DataSource) private readonly database: DataSource) {}

    @Handles(commands.check)
    async check(@Input() { repair }: InputOf<typeof commands.check>): Promise<OutputOf<typeof commands.check>> {
      const miscounts = await findMiscounts(this.database, counted);
      if (repair && miscounts.length > 0) await recount(this.database, counted);
      return { miscounts };
    }
  }
  return CountersController;
}
