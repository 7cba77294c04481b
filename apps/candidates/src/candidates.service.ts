import { Injectable } from '@nestjs/common';
import {
  CANDIDATE_STATUSES,
  type Candidate,
  type CandidatePatch,
  candidates,
  type CreateCandidateInput,
  type ListCandidatesInput,
} from '@nexivo/contracts/candidates';
import type { Command, InputOf } from '@nexivo/contracts/command';
import type { Page } from '@nexivo/contracts/pagination';
import { appendToOutbox } from '@nexivo/events/outbox';
import type { Call } from '@nexivo/service/call';
import { duplicateExternalId, refusingDuplicates } from '@nexivo/service/duplicates';
import { Idempotency } from '@nexivo/service/idempotency';
import { patchColumns } from '@nexivo/service/merge-patch';
import { changeOwned } from '@nexivo/service/owned';
import { OwnedReader } from '@nexivo/service/owned-reader';
import { filterBy, findPage } from '@nexivo/service/page';
import { Reply } from '@nexivo/service/reply';
import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { filterByAccountAndSearch } from '@nexivo/search/search-filter';
import { searchVector } from '@nexivo/search/vector';
import { DataSource, type EntityManager, In } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { CANDIDATE, CandidateEntity, toCandidate } from './candidate.entity.js';
import { type CandidateChange, candidateEvents } from './candidate-events.js';

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
  private readonly reader: OwnedReader<CandidateEntity>;

  constructor(
    private readonly database: DataSource,
    private readonly idempotency: Idempotency,
  ) {
    this.reader = new OwnedReader(database, CANDIDATE);
  }

  async list({ accountId }: Call, input: ListCandidatesInput): Promise<Page<Candidate>> {
    const query = this.database.manager
      .createQueryBuilder(CandidateEntity, 'candidate')
      .where('candidate.status in (:...statuses)', { statuses: input.status ?? LISTED_STATUSES });
    const search = await filterByAccountAndSearch(query, CANDIDATE_FIELDS, accountId, input.q);
    if (input.email !== undefined) query.andWhere('lower(candidate.email) = lower(:email)', { email: input.email });
    if (input.tag !== undefined) query.andWhere('candidate.tags @> array[:tag]', { tag: input.tag });
    if (input.skill !== undefined) query.andWhere('candidate.skills @> array[:skill]', { skill: input.skill });
    filterBy(query, input, ['city', 'state', 'source', 'external_id']);
    const counted = { accountId, filter: 'status', values: input.status ?? LISTED_STATUSES };
    return findPage(query, input, toCandidate, { counted, search });
  }

  async create(call: Call, input: CreateCandidateInput): Promise<Reply<Candidate>> {
    const row = Object.assign(new CandidateEntity(), ABSENT, input, {
      skills: input.skills ?? [],
      tags: input.tags ?? [],
      custom_fields: input.custom_fields ?? {},
      account_id: call.accountId,
      id: uuidv7(),
    });
    row.search = searchVector(CANDIDATE_FIELDS, row);
    return this.write(call, candidates.create, input, async (tx) => {
      await tx.insert(CandidateEntity, row);
      return { before: null, after: row };
    });
  }

  async get({ accountId }: Call, id: string): Promise<Reply<Candidate>> {
    return toReply(await this.reader.find(accountId, id));
  }

  async getMany({ accountId }: Call, ids: string[]): Promise<Candidate[]> {
    const rows = await this.database.manager.findBy(CandidateEntity, { account_id: accountId, id: In(ids) });
    return rows.map(toCandidate);
  }

  async update(call: Call, input: InputOf<typeof candidates.update>): Promise<Reply<Candidate>> {
    return this.write(call, candidates.update, input, (tx) => patch(tx, call, input.id, input.patch));
  }

  async delete(call: Call, input: InputOf<typeof candidates.delete>): Promise<Reply<Candidate>> {
    return this.write(call, candidates.delete, input, (tx) => patch(tx, call, input.id, { status: 'inactive' }));
  }

  /**
   * A transaction, once for each idempotency key, in which a second candidate with an `external_id` is refused. What it
   * changes and the events that say so are committed together.
   */
  private write(
    call: Call,
    command: Command,
    input: unknown,
    work: (tx: EntityManager) => Promise<CandidateChange>,
  ): Promise<Reply<Candidate>> {
    const publishing = async (tx: EntityManager): Promise<Reply<Candidate>> => {
      const change = await work(tx);
      for (const event of candidateEvents(command, change)) await appendToOutbox(tx, call, event);
      return toReply(change.after);
    };
    return refusingDuplicates(
      'candidates_external_id',
      () => duplicateExternalId('candidate'),
      () => this.idempotency.run(call, command, input, publishing),
    );
  }
}

const toReply = (row: CandidateEntity): Reply<Candidate> => new Reply(toCandidate(row), row.version);

const patch = (tx: EntityManager, call: Call, id: string, changes: CandidatePatch): Promise<CandidateChange> =>
  changeOwned(tx, CANDIDATE, call, id, (row) => patchColumns(row, changes, ['skills', 'tags']));
