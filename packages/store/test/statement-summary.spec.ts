import { expect, test } from '@jest/globals';
import { summaryOf } from '../src/statement-summary.js';

test.each([
  [
    'SELECT "candidate"."id" AS "id" FROM "candidates"."candidates" "candidate" WHERE "id" = $1',
    'SELECT',
    'candidates',
  ],
  ['select id from jobs where account_id = $1 for update', 'SELECT', 'jobs'],
  ['select id from jobs where account_id = $1 for no key update skip locked', 'SELECT', 'jobs'],
  ['\n  insert into outbox (id) values ($1)', 'INSERT', 'outbox'],
  ['insert into keys as used (key) values ($1) on conflict (key) do update set key = $1', 'INSERT', 'keys'],
  ['update inbox set state = $1', 'UPDATE', 'inbox'],
  ['DELETE FROM "submissions"."submissions" WHERE id = $1', 'DELETE', 'submissions'],
  [
    'with fresh as (select * from unnest($1::uuid[]) id) insert into events (id) select id from fresh',
    'INSERT',
    'events',
  ],
  ['with recursive a as (select 1 from deliveries) select * from a', 'SELECT', 'deliveries'],
  ['select extract(epoch from clock_timestamp()) from outbox', 'SELECT', 'outbox'],
  ['select * from unnest($1::text[])', 'SELECT', undefined],
  ['select 1', 'SELECT', undefined],
  ['COMMIT', 'COMMIT', undefined],
  ['', 'STATEMENT', undefined],
])('of %j the operation is %s and the table %s', (text, operation, table) => {
  expect(summaryOf(text)).toEqual({ operation, table });
});
