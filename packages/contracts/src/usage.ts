import { z } from 'zod';
import { defineRoute } from './route.js';
import { id } from './text.js';
import { usageCounts } from './usage-counts.js';

/** For how many days usage is kept, and at most asked for at once. */
export const USAGE_DAYS = 400;
/** Days that are shown unless told. */
export const USAGE_DAYS_SHOWN = 30;
/** Of more tokens those with the most requests are shown. */
export const USAGE_TOKENS_SHOWN = 100;

const day = z.iso.date({ error: 'must be a date, such as 2026-11-23' });

/** What the tokens of an account asked for. */
export const usage = z
  .object({
    since: day.meta({ description: 'The first day' }),
    until: day.meta({ description: 'The last day' }),
    ...usageCounts,
    days: z
      .array(z.object({ day, ...usageCounts }))
      .meta({ description: 'Each UTC day of the range, the earliest first' }),
    tokens: z
      .array(z.object({ token_id: id, name: z.string().nullable(), ...usageCounts }))
      .meta({ description: `Those with the most requests first, at most ${USAGE_TOKENS_SHOWN}` }),
  })
  .meta({
    id: 'Usage',
    description: 'What the tokens of the account asked for, written some ten seconds late',
    example: {
      since: '2026-11-23',
      until: '2026-11-23',
      admitted: 118,
      refused: 2,
      refusals: { minute_quota_exceeded: 2 },
      days: [{ day: '2026-11-23', admitted: 118, refused: 2, refusals: { minute_quota_exceeded: 2 } }],
      tokens: [
        {
          token_id: '019ab2f0-7b1f-7d4d-8e1c-1a7a3d2a7a7f',
          name: 'Career site',
          admitted: 118,
          refused: 2,
          refusals: { minute_quota_exceeded: 2 },
        },
      ],
    },
  });
export type Usage = z.output<typeof usage>;

const usageInput = z.strictObject({
  since: day.optional().meta({ description: `The first UTC day; ${USAGE_DAYS_SHOWN} days with the last unless told` }),
  until: day.optional().meta({ description: 'The last UTC day; today unless told' }),
  token_id: id.optional().meta({ description: 'Only what this token asked for' }),
});
export type UsageInput = z.output<typeof usageInput>;

export const usageRoutes = {
  get: defineRoute({
    operationId: 'getUsage',
    method: 'GET',
    path: '/usage',
    summary: 'Get usage by day, token and refusal',
    description: `Of at most ${USAGE_DAYS} days. Sessions, free operations and requests without a valid token are not counted.`,
    tag: 'Account',
    scope: 'account:read',
    query: usageInput,
    response: usage,
    status: 200,
  }),
};
