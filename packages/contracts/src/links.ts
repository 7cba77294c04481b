import { z } from 'zod';
import { role } from './roles.js';
import { id, timestamp } from './text.js';

/** What a link is for: to join an account, or to choose a new password. */
const LINK_PURPOSES = ['join', 'reset'] as const;
export const linkPurpose = z.enum(LINK_PURPOSES).meta({ id: 'LinkPurpose' });
export type LinkPurpose = z.output<typeof linkPurpose>;

/** For how long a link to a new password, and one that an operator has made, are valid. */
export const LINK_HOURS = 24;

/** The answer that shows a link: the only one that ever does. */
export const linkAnswer = z
  .object({
    id,
    purpose: linkPurpose,
    email: z.string(),
    role: role.nullable().meta({ description: 'Of whoever joins; `null` for `reset`' }),
    expires_at: timestamp,
    url: z.url().meta({
      description: 'The link, to hand over. What is behind the `#` is the secret; it is shown this once.',
      example: 'https://ats.example.com/join#3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs',
    }),
  })
  .meta({
    id: 'Link',
    description: 'A link to hand to somebody, valid once',
    example: {
      id: '019ab302-0d3b-7f6a-9c1e-5b8f2a7d4e90',
      purpose: 'join',
      email: 'olga@example.com',
      role: 'developer',
      expires_at: '2026-11-30T12:00:00.000Z',
      url: 'https://ats.example.com/join#3q2-7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs',
    },
  });
export type LinkAnswer = z.output<typeof linkAnswer>;
