import type { WebhookEvent } from '@nexivo/sdk';
import { z } from 'zod';
import { limit, tool } from '../tool.js';

export const accountTools = [
  tool({
    name: 'who_am_i',
    description: 'The account, what the token may do, and how many requests are left.',
    scopes: [],
    isWrite: false,
    input: z.strictObject({}),
    run: async (_, { client }) => {
      const { account, role, scopes, quotas } = await client.account.me();
      return { account, role, scopes, quotas };
    },
  }),
  tool({
    name: 'list_events',
    description: 'What happened since a time, or after an event: what changed, of what. The oldest comes first.',
    scopes: ['webhooks:read'],
    isWrite: false,
    input: z.strictObject({
      since: z.string().optional(),
      after: z.string().optional(),
      limit,
    }),
    run: async ({ since, after, limit }, { client }) => {
      const { data, meta } = await client.events.list({ since, after, per_page: limit }).page();
      return { rows: data.map(inShort), has_more: meta.has_more, next_after: meta.next_after };
    },
  }),
];

const inShort = ({ id, type, created_at, data }: WebhookEvent) => ({
  id,
  type,
  at: created_at,
  object_id: data.object.id,
  changed: Object.keys(data.previous ?? {}),
});
