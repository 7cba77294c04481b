import type { Owned, ResourceKind } from '@nexivo/store/owned';
import { poolOf } from '@nexivo/store/pool';
import { asJson, type ReadingOf, rowReading } from '@nexivo/store/raw-rows';
import fc from 'fast-check';

type Column = Parameters<ReadingOf<unknown>>[0]['columns'][number];
type DataSource = Parameters<typeof poolOf>[0];

/** Any text that Postgres keeps: all of Unicode but U+0000. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', '\\', ',', '{', '}', ' ', '\n', '\t', '\u0001', '\u007f', '\u2028', 'NULL', 'a', '1.0'),
      fc.string({ unit: 'binary', maxLength: 3 }).map((each) => each.replaceAll('\0', '')),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const time = fc.date({
  min: new Date('0001-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});
const customFields = fc.dictionary(
  text,
  fc.oneof(
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.constant(null),
  ),
  { maxKeys: 4, noNullPrototype: true },
);

function anyValue({ type, isArray, isNullable }: Column): fc.Arbitrary<unknown> {
  const value = ofType();
  return isNullable ? fc.option(value, { nil: null }) : value;

  function ofType(): fc.Arbitrary<unknown> {
    if (type === 'uuid') return fc.uuid();
    if (type === 'text') return isArray ? fc.array(text, { maxLength: 4 }) : text;
    if (type === 'int') return fc.integer();
    if (type === 'bigint') return fc.maxSafeInteger();
    if (type === 'timestamptz') return time;
    if (type === 'jsonb') return customFields;
    throw new Error(`no values of ${String(type)} are known here`);
  }
}

/** Of a row: its JSON as it is sent, and as `JSON.stringify` writes it; and what a list sorted by its columns goes on from. */
interface Compared {
  readonly sent: { json: string; sortValues: unknown[] }[];
  readonly made: { json: string; sortValues: unknown[] }[];
}

/**
 * Writes any rows of a kind into a table like its own, without the rules about them, and reads them in both ways.
 *
 * @param compare is to throw where they differ
 */
export async function readBothWays<Row extends Owned, Resource>(
  database: DataSource,
  kind: ResourceKind<Row, Resource>,
  compare: (compared: Compared) => void,
): Promise<void> {
  const metadata = database.getMetadata(kind.entity);
  const pool = poolOf(database);
  const columns = metadata.columns.filter(({ isSelect }) => isSelect);
  const names = columns.map(({ databaseName }) => databaseName);
  const sorted = columns
    .filter(({ isArray, type }) => !isArray && type !== 'jsonb')
    .map(({ databaseName }) => databaseName);
  await pool.query({
    text: `create table rows_of_test as select ${names.join(', ')} from ${metadata.tablePath} limit 0`,
    values: [],
  });
  const [json, rows] = [asJson<Resource>()(metadata), rowReading<Row>(metadata)];
  const anyRow = fc.tuple(...columns.map(anyValue));
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 10 }), async (given) => {
        await pool.query({ text: 'truncate rows_of_test', values: [] });
        for (const row of given) {
          const values = row.map((value, n) => (columns[n]!.type === 'jsonb' ? JSON.stringify(value) : value));
          const places = values.map((_value, n) => `$${n + 1}`).join(', ');
          await pool.query({ text: `insert into rows_of_test values (${places})`, values });
        }
        const select = `select ${names.join(', ')} from rows_of_test order by ctid`;
        const sent = (await pool.query({ text: select, values: [], types: json.types })).rows;
        const made = (await pool.query({ text: select, values: [] })).rows;
        compare({
          sent: sent.map((raw) => ({
            json: json.toRow(raw).text,
            sortValues: sorted.map((name) => json.sortValue(raw, name)),
          })),
          made: made.map((raw) => ({
            json: JSON.stringify(kind.toResource(rows.toRow(raw))),
            sortValues: sorted.map((name) => rows.sortValue(raw, name)),
          })),
        });
      }),
      { numRuns: 100 },
    );
  } finally {
    await pool.query({ text: 'drop table rows_of_test', values: [] });
  }
}
