import { Injectable } from '@nestjs/common';
import {
  CANDIDATE_READ_ONLY,
  CANDIDATE_STATUSES,
  type Candidate,
  type CandidatePatch,
  type CandidatePut,
  type CandidateStatus,
  candidates,
  type CreateCandidateInput,
  type ListCandidatesInput,
} from '@nexivo/contracts/candidates';
import type { InputOf } from '@nexivo/contracts/command';
import { ResourceWrites, type RowChange } from '@nexivo/events/resource-writes';
import type { RequestContext } from '@nexivo/bus/context';
import { createdNow } from '@nexivo/store/change-time';
import { duplicateExternalId } from '@nexivo/store/duplicates';
import { Idempotency } from '@nexivo/store/idempotency';
import { patchColumns, patchCustomFields } from '@nexivo/store/merge-patch';
import { changeOwned, insertOwned } from '@nexivo/store/owned';
import { OwnedReader } from '@nexivo/store/owned-reader';
import { asJson } from '@nexivo/store/raw-rows';
import { filterBy, filterByText, findPage, valuesOf } from '@nexivo/store/page';
import { retryingPut, checkExternalId, putByExternalId } from '@nexivo/store/put';
import { withoutReadOnly } from '@nexivo/store/read-only';
import type { JsonText, PageReply, Reply } from '@nexivo/bus/reply';
import { findBestMatches } from '@nexivo/store/best-matches';
import { beginningsIn, byBeginningsOf, filterByBeginnings, isBestFirst } from '@nexivo/search/beginnings';
import { CANDIDATE_FIELDS } from '@nexivo/search/candidate-fields';
import { filterByAccountAndSearch, filterByKey } from '@nexivo/search/search-filter';
import { searchVector } from '@nexivo/search/vector';
import { DataSource, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { newId } from '@nexivo/bus/new-id';
import { CANDIDATE, CandidateEntity, toCandidate } from './candidate.entity.js';
import { candidateEvents, type CandidateEventType } from './candidate-events.js';
import { COUNTED } from './database.js';

const LISTED_STATUSES = CANDIDATE_STATUSES.filter((status) => status !== 'inactive');

/** What texts a list is filtered by. */
const FILTERS = {
  tag: { column: 'tags', isList: true },
  skill: { column: 'skills', isList: true },
  city: { column: 'city' },
  state: { column: 'state' },
  source: { column: 'source' },
} as const;

/** What a candidate is called, as the indexes over it say. */
const LABELS = [
  `folded(candidate.first_name || ' ' || candidate.last_name)`,
  `folded(candidate.last_name || ' ' || candidate.first_name)`,
] as const;

/** The columns of a candidate of whom nothing is known but what is required. */
const ABSENT = {
  email: null,
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
  private readonly reader: OwnedReader<CandidateEntity, Candidate>;
  private readonly writes: ResourceWrites<CandidateEntity, CandidateEventType>;

  constructor(
    private readonly database: DataSource,
    idempotency: Idempotency,
  ) {
    this.reader = new OwnedReader(database, CANDIDATE);
    this.writes = new ResourceWrites(idempotency, {
      kind: CANDIDATE,
      eventsOf: candidateEvents,
      unique: {
        index: 'candidates_external_id',
        refusal: (...of) => duplicateExternalId(database.manager, CANDIDATE, ...of),
      },
    });
  }

  async list({ accountId }: RequestContext, input: ListCandidatesInput): Promise<PageReply<JsonText<Candidate>>> {
    const statuses = listedStatuses(input);
    const query = this.database.manager
      .createQueryBuilder(CandidateEntity, 'candidate')
      .where('candidate.status in (:...statuses)', { statuses });
    const isTyped = input.name !== undefined && isBestFirst(input);
    const search = isTyped ? undefined : filterByAccountAndSearch(query, CANDIDATE_FIELDS, accountId, input);
    filterByEmail(query, input.email);
    filterByKey(query, CANDIDATE_FIELDS, 'phone', input.phone);
    filterByText(query, input, FILTERS);
    filterBy(query, input, ['external_id']);
    if (input.name !== undefined) {
      const beginnings = beginningsIn(input.name, CANDIDATE_FIELDS, 'name');
      if (isTyped) {
        const typed = { text: input.name, labels: LABELS, accountId, narrow: byBeginningsOf(accountId, beginnings) };
        return findBestMatches(query, input, asJson<Candidate>(), typed);
      }
      filterByBeginnings(query, beginnings);
    }
    const counted = { accountId, table: COUNTED, values: statuses };
    return findPage(query, input, asJson<Candidate>(), { counted, search });
  }

  async create(context: RequestContext, input: CreateCandidateInput): Promise<Reply<Candidate>> {
    return this.writes.run(context, candidates.create, input, (tx) => insert(tx, context, input));
  }

  /** Creates or changes the candidate that carries an id of the client's own. */
  async put(context: RequestContext, input: InputOf<typeof candidates.put>): Promise<Reply<Candidate>> {
    const { external_id: externalId, values } = input;
    checkExternalId(externalId, values.external_id);
    return retryingPut(() =>
      this.writes.run(context, candidates.put, input, (tx) =>
        putByExternalId<CandidateEntity, RowChange<CandidateEntity>>(tx, CANDIDATE, context, {
          externalId,
          create: () => insert(tx, context, newCandidate(externalId, values)),
          change: (row) => patch(tx, context, row.id, values),
        }),
      ),
    );
  }

  get({ accountId }: RequestContext, id: string): Promise<Reply<JsonText<Candidate>>> {
    return this.reader.get(accountId, id);
  }

  getMany({ accountId }: RequestContext, ids: string[]): Promise<JsonText<Candidate>[]> {
    return this.reader.getMany(accountId, ids);
  }

  async update(context: RequestContext, input: InputOf<typeof candidates.update>): Promise<Reply<Candidate>> {
    return this.writes.run(context, candidates.update, input, (tx) => patch(tx, context, input.id, input.patch));
  }

  async delete(context: RequestContext, input: InputOf<typeof candidates.delete>): Promise<Reply<Candidate>> {
    return this.writes.run(context, candidates.delete, input, (tx) =>
      patch(tx, context, input.id, { status: 'inactive' }),
    );
  }
}

const listedStatuses = ({ status }: ListCandidatesInput): readonly CandidateStatus[] => {
  if (status === undefined) return LISTED_STATUSES;
  return CANDIDATE_STATUSES.filter((one) => status.includes('any') || status.includes(one));
};

function filterByEmail(query: SelectQueryBuilder<CandidateEntity>, given: readonly string[] | undefined): void {
  if (given === undefined) return;
  const addresses = Object.fromEntries(valuesOf(given).map((address, n) => [`email_${n}`, address]));
  const lowered = Object.keys(addresses).map((name) => `lower(cast(:${name} as text) collate "und-x-icu")`);
  const isOne = lowered.length === 1;
  query.andWhere(`lower(candidate.email) = ${isOne ? lowered[0] : `any(array[${lowered.join(', ')}])`}`, addresses);
}

const newCandidate = (externalId: string, values: CandidatePut): CreateCandidateInput => ({
  ...withoutReadOnly(values, NOT_YET, CANDIDATE_READ_ONLY),
  external_id: externalId,
  status: values.status ?? 'new',
  custom_fields: patchCustomFields({}, values.custom_fields ?? null),
});

/** Of a candidate that is not there nothing stands. */
const NOT_YET = { id: undefined, created_at: undefined, updated_at: undefined };

async function insert(
  tx: EntityManager,
  { accountId }: RequestContext,
  input: CreateCandidateInput,
): Promise<RowChange<CandidateEntity>> {
  const row = Object.assign(new CandidateEntity(), ABSENT, input, {
    skills: input.skills ?? [],
    tags: input.tags ?? [],
    custom_fields: input.custom_fields ?? {},
    account_id: accountId,
    id: newId(),
  });
  row.search = searchVector(CANDIDATE_FIELDS, row);
  return { before: null, after: await insertOwned(tx, CANDIDATE, row, createdNow(COUNTED.table)) };
}

const patch = (
  tx: EntityManager,
  context: RequestContext,
  id: string,
  changes: CandidatePatch,
): Promise<RowChange<CandidateEntity>> =>
  changeOwned(tx, CANDIDATE, context, id, (row) =>
    patchColumns(row, withoutReadOnly(changes, toCandidate(row), CANDIDATE_READ_ONLY), ['skills', 'tags']),
  );
