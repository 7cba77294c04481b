import { type Cursor, isCommaSeparated } from '@nexivo/contracts/pagination';
import type { Route } from '@nexivo/contracts/route';
import { DomainError } from '@nexivo/bus/domain-error';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../auth/caller.js';
import type { CursorOwner, Cursors, ListParameters } from './cursors.js';

declare module 'fastify' {
  interface FastifyInstance {
    cursors: Cursors;
  }
  interface FastifyRequest {
    /** Of the list that is asked for: what its links and its next cursor have to carry. */
    listParameters?: ListParameters;
  }
}

type RawQuery = Readonly<Record<string, unknown>>;

/** What is sent several times as one: equal values count once, those of a list together. Others stay, to be refused. */
const joinRepeated = (route: Route, query: RawQuery): RawQuery =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const different = Array.isArray(value) ? [...new Set(value)] : [value];
      if (different.length === 1) return [name, different[0]];
      const parameter = route.query instanceof z.ZodObject ? route.query.shape[name] : undefined;
      return [name, parameter && isCommaSeparated(parameter) ? different.join(',') : different];
    }),
  );

/** Whether a route's list can be read by cursor. */
const takesCursor = ({ query }: Route): boolean => query instanceof z.ZodObject && 'cursor' in query.shape;

/** Whose cursors belong to a request. */
export const cursorOwner = (route: Route, request: FastifyRequest): CursorOwner => ({
  accountId: callerOf(request).accountId,
  operationId: route.operationId,
});

/**
 * The query of a request as its route's schema wants it: the text of `cursor` becomes the position that it stands for, and
 * what the cursor carries takes the place of what was not sent again.
 *
 * @throws DomainError `validation_failed` for a cursor that is not ours, or beside parameters that contradict it
 */
export function openListQuery(route: Route, request: FastifyRequest): unknown {
  const raw = joinRepeated(route, request.query as RawQuery);
  const { page: _page, cursor, ...given } = raw;
  if (!takesCursor(route) || typeof cursor !== 'string') {
    request.listParameters = given as ListParameters;
    return raw;
  }
  if (raw['page'] !== undefined) refuse('page', 'page_with_cursor', 'must not be sent together with cursor');
  if (cursor === '') {
    request.listParameters = given as ListParameters;
    return { ...given, cursor: 'start' satisfies Cursor };
  }
  const { parameters, after } = request.server.cursors.open(cursorOwner(route, request), cursor);
  const others = Object.keys(given).filter((name) => name !== 'per_page' && given[name] !== parameters[name]);
  if (others.length > 0) {
    const message = `belongs to a list with other parameters (${others.join(', ')}): leave them out, or begin anew`;
    refuse('cursor', 'cursor_mismatch', message);
  }
  request.listParameters = { ...parameters, ...(given as ListParameters) };
  return { ...request.listParameters, cursor: after satisfies Cursor };
}

function refuse(field: string, code: string, message: string): never {
  throw DomainError.invalid({ field, code, message });
}
