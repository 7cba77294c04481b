import { Injectable } from '@nestjs/common';
import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { LexemeUpkeep } from '@nexivo/search/lexeme-upkeep';

/** Keeps all candidates searchable in the way of this release. */
@Injectable()
export class CandidateLexemes extends LexemeUpkeep {
  protected readonly table = 'candidates';
  protected readonly fields = CANDIDATE_FIELDS;
}
