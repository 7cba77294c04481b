import type { BusClient } from '@nexivo/bus/client';
import { PageReply } from '@nexivo/bus/reply';
import { submissionRoutes, submissions } from '@nexivo/contracts/submissions';
import { callerOf } from './auth/caller.js';
import { expandSubmissions } from './expand-submissions.js';
import { type BoundRoute, handle } from './http/bind.js';

/** The routes of submissions that can show the objects behind the ids; without `expand` they only hand on. */
export const expandableSubmissionRoutes = (bus: BusClient): BoundRoute[] => [
  handle(submissionRoutes.listForJob, async ({ params, query: { expand, ...query } }, request) => {
    const caller = callerOf(request);
    if (expand.length === 0) return bus.forward(submissions.listForJob, { ...query, ...params }, caller);
    const page = await bus.request(submissions.listForJob, { ...query, ...params }, caller);
    return new PageReply(await expandSubmissions(bus, caller, page.data, expand), page.meta);
  }),
  handle(submissionRoutes.list, async ({ query: { expand, ...query } }, request) => {
    const caller = callerOf(request);
    if (expand.length === 0) return bus.forward(submissions.list, query, caller);
    const page = await bus.request(submissions.list, query, caller);
    return new PageReply(await expandSubmissions(bus, caller, page.data, expand), page.meta);
  }),
  handle(submissionRoutes.get, async ({ params, query: { expand } }, request) => {
    const caller = callerOf(request);
    if (expand.length === 0) return bus.forward(submissions.get, params, caller);
    const row = await bus.request(submissions.get, params, caller);
    // Without its version: it no longer says all that the answer depends on.
    const [expanded] = await expandSubmissions(bus, caller, [row], expand);
    return expanded!;
  }),
];
