import { Button } from '@mantine/core';
import { MAX_PAGED_ROWS } from '@nexivo/contracts/pagination';
import { formatNumber } from './time.js';

interface Meta {
  page?: number | undefined;
  per_page: number;
  total?: number | undefined;
  total_is_exact?: boolean | undefined;
}

/** Leads to the pages of a list, and says how much there is. */
export function Pager({ meta, onPage }: { meta: Meta; onPage: (page: number) => void }) {
  const { page = 1, per_page, total = 0, total_is_exact } = meta;
  if (total <= per_page && page === 1) return null;
  const last = Math.min(page * per_page, total);
  const hasNext = last < total && (page + 1) * per_page <= MAX_PAGED_ROWS;
  return (
    <nav className="pager" aria-label="Pages">
      <span>
        {formatNumber((page - 1) * per_page + 1)}–{formatNumber(last)} of {formatNumber(total)}
        {total_is_exact === false && ' or more'}
      </span>
      <Button size="xs" variant="default" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        Previous
      </Button>
      <Button size="xs" variant="default" disabled={!hasNext} onClick={() => onPage(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
