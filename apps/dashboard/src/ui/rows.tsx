import type { ReactNode } from 'react';

/** A column of a table. On a phone each row has two lines. */
export interface Column<Row> {
  header: string;
  cell: (row: Row) => ReactNode;
  /** Where it goes on a phone: `title` and `side` share the first line, `meta` the second. */
  place: 'title' | 'side' | 'meta' | 'wide-only';
  align?: 'end';
  /** Whether its header stands before it on a phone, too, where there is no row of headers. Those of numbers always do. */
  isLabelled?: boolean;
}

/** A table whose rows a screen reader finds as such at every width. */
export function Rows<Row>({
  label,
  rows,
  columns,
  keyOf,
}: {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string | number;
}) {
  return (
    <table className="rows" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ header, align, place }) => (
            <th key={header} scope="col" role="columnheader" data-align={align} data-place={place}>
              {header === 'Actions' ? <span className="visually-hidden">Actions</span> : header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map(({ header, cell, align, place, isLabelled }) => (
              <td
                key={header}
                role="cell"
                data-align={align}
                data-place={place}
                data-label={align || isLabelled ? header : undefined}
              >
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
