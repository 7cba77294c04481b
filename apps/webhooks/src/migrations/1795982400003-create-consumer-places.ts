import { createConsumerPlacesV1, dropConsumerPlacesV1 } from '@nexivo/events/inbox.table';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The fan-out keeps the order of events: it has one place in the stream instead of a row for each event. */
export class CreateConsumerPlaces1795982400003 implements MigrationInterface {
  readonly name = 'CreateConsumerPlaces1795982400003';

  up(queryRunner: QueryRunner): Promise<void> {
    return createConsumerPlacesV1(queryRunner);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return dropConsumerPlacesV1(queryRunner);
  }
}
