import { Injectable } from '@nestjs/common';
import {
  CANDIDATE_STATUSES,
  type Candidate,
  type CandidatePatch,
  type CreateCandidateInput,
  type ListCandidatesInput,
} from '@nexivo/contracts/candidates';
import type { Page } from '@nexivo/contracts/pagination';
import type { Call } from '@nexivo/service/call';
import { duplicateExternalId, refusingDuplicates } from '@nexivo/service/duplicates';
import { patchColumns } from '@nexivo/service/merge-patch';
import { changeOwned, findOwned } from '@nexivo/service/owned';
import { filterBy, findPage } from '@nexivo/service/page';
import { DataSource, In } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { CandidateEntity, toCandidate } from './candidate.entity.js';

const CANDIDATE = { entity: CandidateEntity, name: 'candidate' };
const LISTED_STATUSES = CANDIDATE_STATUSES.filter((status) => status !== 'inactive');

/** The columns of a candidate of whom nothing is known but what is required. */
const ABSENT = {
  phone: null,
  current_title: null,
  current_company: null,
  city: null,
  state: null,
  country: null,
  source: null,
  linkedin_url: null,
  website_url: null,
  summary: null,
  external_id: null,
};

/** The rules of candidates. */
@Injectable()
export class CandidatesService {
  constructor(private readonly database: DataSource) {}

  async list({ accountId }: Call, input: ListCandidatesInput): Promise<Page<Candidate>> {
    const query = this.database.manager
      .createQueryBuilder(CandidateEntity, 'candidate')
      .where('candidate.account_id = :accountId', { accountId })
      .andWhere('candidate.status in (:...statuses)', { statuses: input.status ?? LISTED_STATUSES });
    if (input.email !== undefined) query.andWhere('lower(candidate.email) = lower(:email)', { email: input.email });
    if (input.tag !== undefined) query.andWhere('candidate.tags @> array[:tag]', { tag: input.tag });
    if (input.skill !== undefined) query.andWhere('candidate.skills @> array[:skill]', { skill: input.skill });
    filterBy(query, input, ['city', 'state', 'source', 'external_id']);
    return findPage(query, input, toCandidate);
  }

  async create({ accountId }: Call, input: CreateCandidateInput): Promise<Candidate> {
    const row = Object.assign(new CandidateEntity(), ABSENT, input, {
      skills: input.skills ?? [],
      tags: input.tags ?? [],
      custom_fields: input.custom_fields ?? {},
      account_id: accountId,
      id: uuidv7(),
    });
    await refusingDuplicateIds(() => this.database.manager.insert(CandidateEntity, row));
    return toCandidate(row);
  }

  async get({ accountId }: Call, id: string): Promise<Candidate> {
    return toCandidate(await findOwned(this.database.manager, CANDIDATE, accountId, id));
  }

  async getMany({ accountId }: Call, ids: string[]): Promise<Candidate[]> {
    const rows = await this.database.manager.findBy(CandidateEntity, { account_id: accountId, id: In(ids) });
    return rows.map(toCandidate);
  }

  async update({ accountId }: Call, id: string, patch: CandidatePatch): Promise<Candidate> {
    const { after } = await refusingDuplicateIds(() =>
      this.database.transaction((tx) =>
        changeOwned(tx, CANDIDATE, accountId, id, (row) => patchColumns(row, patch, ['skills', 'tags'])),
      ),
    );
    return toCandidate(after);
  }
}

const refusingDuplicateIds = <Result>(write: () => Promise<Result>): Promise<Result> =>
  refusingDuplicates('candidates_external_id', () => duplicateExternalId('candidate'), write);
