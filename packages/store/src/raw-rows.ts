import { JsonText } from '@nexivo/bus/reply';
import type { Position } from '@nexivo/contracts/pagination';
import pg from 'pg';
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import { isoTime, TEXT_ARRAY, toJsonMember } from './json-values.js';

/** A row as the driver hands it out, by column. */
export type RawRow = Readonly<Record<string, unknown>>;

/** How rows of a table are read past TypeORM's own reading, which costs more than the query. */
export interface RowReading<Row> {
  readonly columns: readonly string[];
  /** How the driver parses values; as it does by itself unless told. */
  readonly types?: pg.CustomTypesConfig;
  readonly toRow: (raw: RawRow) => Row;
  /** A value that a list is sorted by, as its cursor keeps it. */
  readonly sortValue: (raw: RawRow, key: string) => Position['value'];
}

/** The reading that somebody wants of a table's rows: {@link asRows} or {@link asJson}. */
export type ReadingOf<Row> = (metadata: EntityMetadata) => RowReading<Row>;

/** For entities whose members are named as their columns are. Columns that are not selected by default are not read. */
export function rowReading<Row extends ObjectLiteral>(metadata: EntityMetadata): RowReading<Row> {
  const columns = metadata.columns.filter(({ isSelect }) => isSelect);
  // Of the columns whose values are not those of the driver, such as numbers kept as bigint.
  const conversions = columns.flatMap(({ databaseName, transformer }) =>
    transformer === undefined || Array.isArray(transformer) ? [] : [{ databaseName, transformer }],
  );
  const names = columns.map(({ databaseName }) => databaseName);
  return {
    columns: names,
    toRow: (raw) => {
      const row: Record<string, unknown> = {};
      for (const name of names) row[name] = raw[name];
      for (const { databaseName, transformer } of conversions) row[databaseName] = transformer.from(raw[databaseName]);
      return row as Row;
    },
    sortValue: (raw, key) => {
      const value = raw[key];
      return value instanceof Date ? value.toISOString() : (value as Position['value']);
    },
  };
}

/** Rows as what is made of them. */
export const asRows =
  <Row extends ObjectLiteral, Made>(make: (row: Row) => Made): ReadingOf<Made> =>
  (metadata) => {
    const reading = rowReading<Row>(metadata);
    return { ...reading, toRow: (raw) => make(reading.toRow(raw)) };
  };

/** Columns that no resource shows. */
const HIDDEN = ['account_id', 'version'];

const readings = new WeakMap<EntityMetadata, RowReading<JsonText<never>>>();

/**
 * Rows as the JSON of their resource, for resources that show all columns that are read but {@link HIDDEN}, times as in RFC 3339 with
 * milliseconds: byte for byte what `JSON.stringify` makes of it. Values are written as Postgres sends them as far as they can be: dates and
 * arrays are not made first.
 */
export const asJson =
  <Resource>(): ReadingOf<JsonText<Resource>> =>
  (metadata) => {
    let reading = readings.get(metadata);
    if (!reading) readings.set(metadata, (reading = jsonReading(metadata)));
    return reading;
  };

function jsonReading(metadata: EntityMetadata): RowReading<JsonText<never>> {
  const { columns } = rowReading(metadata);
  const shown = metadata.columns.filter(({ isSelect, databaseName }) => isSelect && !HIDDEN.includes(databaseName));
  const members = shown.map((column, index) => ({
    name: column.databaseName,
    before: `${index === 0 ? '{' : ','}${JSON.stringify(column.databaseName)}:`,
    write: toJsonMember(column),
  }));
  const times = new Set(shown.filter(({ type }) => type === 'timestamptz').map(({ databaseName }) => databaseName));
  return {
    columns,
    types: AS_SENT,
    toRow: (raw) => {
      let text = '';
      for (const { name, before, write } of members) {
        const value = raw[name];
        text += before + (value === null ? 'null' : write(value));
      }
      return new JsonText(`${text}}`);
    },
    sortValue: (raw, key) => {
      const value = raw[key] as Position['value'];
      return times.has(key) && value !== null ? isoTime(value as string) : value;
    },
  };
}

const asSent = (text: string): string => text;
const { TIMESTAMPTZ, JSONB } = pg.types.builtins;
const SENT = new Set<number>([TIMESTAMPTZ, JSONB, TEXT_ARRAY]);

/** Times, lists of texts and JSON stay as Postgres sends them. */
const AS_SENT: pg.CustomTypesConfig = {
  getTypeParser: ((type: number) =>
    SENT.has(type) ? asSent : pg.types.getTypeParser(type)) as typeof pg.types.getTypeParser,
};
