import type { EntityMetadata, ObjectLiteral } from 'typeorm';

/** A row as the driver hands it out, by column. */
export type RawRow = Readonly<Record<string, unknown>>;

/** How rows of a table are read past TypeORM's own reading, which costs more than the query. */
export interface RowReading<Row> {
  readonly columns: readonly string[];
  readonly toRow: (raw: RawRow) => Row;
}

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
  };
}
