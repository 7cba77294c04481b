import { randomUUID } from 'node:crypto';
import { migrate } from '@nexivo/store/migrations';
import { POSTGRES_URL } from '@nexivo/testing/global-setup';
import { askDatabase } from '@nexivo/testing/sql';
import { startWorld, type World } from '@nexivo/testing/world';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { SearchFields } from '../src/fields.js';
import {
  addSearchColumnV1,
  createSearchEstimateV1,
  dropSearchColumnV1,
  dropSearchEstimateV1,
} from '../src/search.table.js';
import { accountCondition, searchConditions, type SearchPlan, WHOLE } from '../src/search-plan.js';
import { compileSearch } from '../src/tsquery.js';
import { searchVector } from '../src/vector.js';

/** A table with every kind of field, searched as a service would. */
export const PEOPLE: SearchFields = [
  { field: 'name', code: 'N', columns: ['first_name', 'last_name'], weight: 'A', parts: ['F', 'L'] },
  { field: 'title', code: 'T', columns: ['title'], weight: 'A' },
  { field: 'skill', code: 'K', columns: ['skills'], weight: 'B', isArray: true },
  { field: 'email', code: 'E', columns: ['email'], weight: 'C' },
  { field: 'state', code: 'S', columns: ['state'], weight: 'C' },
  { field: 'summary', code: 'M', columns: ['summary'], weight: 'D', isLong: true },
];

export interface Person {
  first_name: string;
  last_name: string;
  title: string | null;
  skills: string[];
  email: string;
  state: string | null;
  summary: string | null;
}

const nobody: Person = {
  first_name: '',
  last_name: '',
  title: null,
  skills: [],
  email: '',
  state: null,
  summary: null,
};

class CreatePeople1764000000000 implements MigrationInterface {
  readonly name = 'CreatePeople1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // Columns that lists are sorted by have a collation of their own in the services, too.
    await queryRunner.query(`
      create table people (
        account_id uuid not null,
        id bigint generated always as identity,
        first_name text collate "und-x-icu" not null,
        last_name text collate "und-x-icu" not null,
        title text,
        skills text[] not null,
        email text collate "und-x-icu" not null,
        state text,
        summary text,
        primary key (account_id, id)
      )`);
    await addSearchColumnV1(queryRunner, 'people', PEOPLE);
    await createSearchEstimateV1(queryRunner);
    // What the counters of a service say.
    await queryRunner.query('create view list_counters as select account_id, count(*) as rows from people group by 1');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropSearchEstimateV1(queryRunner);
    await queryRunner.query('drop view list_counters');
    await dropSearchColumnV1(queryRunner, 'people');
    await queryRunner.query('drop table people');
  }
}

export const peopleDatabase = { schema: 'candidates', entities: [], migrations: [CreatePeople1764000000000] };

/** The table in a database of its own. */
export class People {
  private constructor(readonly world: World) {}

  static async start(): Promise<People> {
    const world = await startWorld();
    await migrate({ ...peopleDatabase, url: world.urlOf('candidates'), poolSize: 1 });
    return new People(world);
  }

  /** Makes an extension that the product does without. */
  async createExtension(name: string): Promise<void> {
    const url = new URL(process.env[POSTGRES_URL]!);
    url.pathname = new URL(this.world.urlOf('candidates')).pathname;
    await askDatabase(url.href, `create extension ${name} schema public`);
  }

  stop(): Promise<void> {
    return this.world.stop();
  }

  sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.world.sql('candidates', text, values) as Promise<Row[]>;
  }

  /** Adds people to a new account. Returns its id, by which they are found. */
  async add(people: readonly Partial<Person>[], accountId: string = randomUUID()): Promise<string> {
    const rows = people.map((person) => ({ ...nobody, ...person }));
    await this.sql(
      `insert into people (account_id, first_name, last_name, title, skills, email, state, summary, search)
       select $1, p ->> 'first_name', p ->> 'last_name', p ->> 'title',
              array(select jsonb_array_elements_text(p -> 'skills')), p ->> 'email', p ->> 'state', p ->> 'summary',
              cast(p ->> 'search' as tsvector)
         from jsonb_array_elements($2) with ordinality as t(p, n) order by n`,
      [accountId, JSON.stringify(rows.map((row) => ({ ...row, search: searchVector(PEOPLE, row) })))],
    );
    return accountId;
  }

  /** The indexes of the people of an account that a query finds, in the order in which they were added. */
  async find(accountId: string, query: string, plan: SearchPlan = WHOLE): Promise<number[]> {
    const values: string[] = [accountId];
    const bind = (tsquery: string): string => `$${values.push(tsquery)}`;
    const conditions = searchConditions(
      compileSearch(query, PEOPLE),
      plan,
      'p',
      '$1',
      String(plan.isAccountChecked),
      bind,
    );
    const rows = await this.sql<{ n: number }>(
      `select n::integer from (select row_number() over (order by id) - 1 as n, account_id, id, search from people where account_id = $1) as p
        where ${[accountCondition('p', '$1'), ...conditions].join(' and ')} order by n`,
      values,
    );
    return rows.map(({ n }) => n);
  }
}
