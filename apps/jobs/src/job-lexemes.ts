import { Injectable } from '@nestjs/common';
import { JOB_FIELDS } from '@nexivo/search/job-fields';
import { LexemeUpkeep } from '@nexivo/search/lexeme-upkeep';

/** Keeps all jobs searchable in the way of this release. */
@Injectable()
export class JobLexemes extends LexemeUpkeep {
  protected readonly table = 'jobs';
  protected readonly fields = JOB_FIELDS;
}
