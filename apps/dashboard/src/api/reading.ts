import type { ResponseOf, Route } from '@nexivo/contracts/route';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { type Asked, call } from './client.js';

/** How a read is asked for and remembered. */
export const reading = <R extends Route>(route: R, asked: Asked<R>) =>
  queryOptions<ResponseOf<R>>({
    queryKey: [route.operationId, asked.params ?? {}, asked.query ?? {}],
    queryFn: ({ signal }) => call(route, { ...asked, signal }),
  });

/** The same for a list: while another page of it is on its way, the rows of the last one stay. */
export const readingList = <R extends Route>(route: R, asked: Asked<R>) => ({
  ...reading(route, asked),
  placeholderData: keepPreviousData,
});
