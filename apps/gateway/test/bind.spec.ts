import { describe, expect, it } from '@jest/globals';
import { candidateRoutes, candidates } from '@nexivo/contracts/candidates';
import { jobRoutes, jobs } from '@nexivo/contracts/jobs';
import { routes } from '@nexivo/contracts/routes';
import { submissionRoutes, submissions } from '@nexivo/contracts/submissions';
import { webhookRoutes, webhooks } from '@nexivo/contracts/webhooks';
import { bind } from '../src/http/bind.js';
import { routesOf } from '../src/routes.js';

describe('a route and its command', () => {
  it('are bound as they are', () => {
    expect(bind(jobRoutes.get, jobs.get)).toEqual({ route: jobRoutes.get, command: jobs.get });
  });

  /** Checked by the type checker: each of these lines is an error, or the comment above it would be one. */
  it('do not compile where they do not fit', () => {
    const mixedUp = [
      // @ts-expect-error a candidate is not a job
      bind(candidateRoutes.get, jobs.get),
      // @ts-expect-error a list of jobs is not one of candidates
      bind(candidateRoutes.list, jobs.list),
      // @ts-expect-error an id is not enough for a change
      bind(candidateRoutes.get, candidates.update),
      // @ts-expect-error the body would be dropped
      bind(candidateRoutes.update, candidates.get),
      // @ts-expect-error a page is not one of its rows
      bind(candidateRoutes.list, candidates.get),
      // @ts-expect-error the answer would show a secret that the route does not promise
      bind(webhookRoutes.get, webhooks.rotateSecret),
      // @ts-expect-error the answer would lack the secret
      bind(webhookRoutes.rotateSecret, webhooks.get),
      // @ts-expect-error the command knows no `expand`
      bind(submissionRoutes.list, submissions.list),
    ];
    expect(mixedUp).toHaveLength(8);
  });
});

it('every route of the API is in the table once', () => {
  // What the table needs is only kept by it.
  const table = routesOf({} as Parameters<typeof routesOf>[0]);
  const names = (of: readonly { operationId: string }[]) => of.map(({ operationId }) => operationId).toSorted();
  expect(names(table.map(({ route }) => route))).toEqual(names(routes));
});
