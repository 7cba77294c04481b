import { listParameters } from '@nexivo/contracts/pagination';
import type { z } from 'zod';

const COMMON = new Set([...Object.keys(listParameters(['created_at'])), 'q']);

/** The filters of a list: what its input has beyond paging, sorting, time bounds and `q`. A test's table of filters has each of them. */
export const filtersOf = (input: z.ZodObject): string[] =>
  Object.keys(input.shape)
    .filter((name) => !COMMON.has(name))
    .toSorted();
