import type { Candidate } from '@nexivo/sdk';
import { z } from 'zod';
import { asked, type Caller, cursor, id, limit, page, tool } from '../tool.js';

/** Enough to tell people apart. */
const inShort = ({ id, first_name, last_name, current_title, current_company, city, status }: Candidate) => ({
  id,
  name: `${first_name} ${last_name}`,
  title: current_title,
  company: current_company,
  city,
  status,
});

const status = z.enum(['new', 'screening', 'available', 'placed', 'inactive']);
const text = z.string().optional();

export const candidateTools = [
  tool({
    name: 'search_candidates',
    description:
      'Finds candidates. q is boolean: words are all required; OR, NOT, "a phrase", wor*, parentheses, title: company: skill: tag: city: name: email: before a word. Inactive ones only by status.',
    scopes: ['candidates:read'],
    isWrite: false,
    input: z.strictObject({ q: text, status: z.array(status).optional(), limit, cursor }),
    run: async ({ q, status, ...rest }, { client }) => {
      // A cursor carries what its list was asked for with.
      const narrowed = rest.cursor === undefined ? { q, status } : {};
      const { data, meta } = await client.candidates.list({ ...asked(rest), ...narrowed }).page();
      return page(data.map(inShort), meta.next_cursor);
    },
  }),
  tool({
    name: 'get_candidate',
    description:
      'A candidate. include only what you were asked for: it is personal data. submissions has stages, and since when.',
    scopes: ['candidates:read'],
    isWrite: false,
    input: z.strictObject({ id, include: z.array(z.enum(['contact', 'profile', 'submissions'])).default([]) }),
    run: async ({ id, include }, caller) => {
      const candidate = await caller.client.candidates.get(id);
      return {
        ...inShort(candidate),
        updated_at: candidate.updated_at,
        ...(include.includes('contact') && { contact: contactOf(candidate) }),
        ...(include.includes('profile') && { profile: profileOf(candidate) }),
        ...(include.includes('submissions') && { submissions: await submissionsOf(id, caller) }),
      };
    },
  }),
  tool({
    name: 'create_candidate',
    description:
      'Adds a candidate, unless there may be the same person already: then shows who, and adds only with create_anyway.',
    scopes: ['candidates:write', 'candidates:read'],
    isWrite: true,
    input: z.strictObject({
      first_name: z.string(),
      last_name: z.string(),
      email: text,
      phone: text,
      current_title: text,
      current_company: text,
      city: text,
      create_anyway: z.boolean().default(false),
    }),
    run: async ({ create_anyway, ...given }, { client }) => {
      const duplicates = create_anyway ? [] : await sameAs(given, client);
      if (duplicates.length > 0) return { created: null, possible_duplicates: duplicates.map(inShort) };
      return { created: inShort(await client.candidates.create(withoutAbsent(given))) };
    },
  }),
];

const contactOf = ({ email, phone, linkedin_url, website_url }: Candidate) => ({
  email,
  phone,
  linkedin_url,
  website_url,
});

const profileOf = ({ skills, tags, source, summary, custom_fields }: Candidate) => ({
  skills,
  tags,
  source,
  custom_fields,
  written_by_applicant: { summary },
});

async function submissionsOf(candidateId: string, { client, scopes }: Caller): Promise<object> {
  if (!scopes.includes('submissions:read')) return { not_shown: 'the token lacks submissions:read' };
  const expand = scopes.includes('jobs:read') ? (['job'] as const) : undefined;
  const rows = await client.submissions.list({ candidate_id: candidateId, expand }).toArray({ limit: 50 });
  return rows.map(({ id, job_id, job, stage, stage_changed_at }) => ({
    id,
    job_id,
    job: job?.title,
    stage,
    since: stage_changed_at,
  }));
}

/** Who has that address, or that name. */
async function sameAs(
  { first_name, last_name, email }: { first_name: string; last_name: string; email?: string | undefined },
  client: Caller['client'],
): Promise<Candidate[]> {
  const [byAddress, byName] = await Promise.all([
    email ? client.candidates.list({ email: [email], status: ['any'] }).toArray({ limit: 5 }) : [],
    client.candidates.list({ name: `${first_name} ${last_name}`, status: ['any'] }).toArray({ limit: 5 }),
  ]);
  return [...new Map([...byAddress, ...byName].map((each) => [each.id, each])).values()];
}

const withoutAbsent = <T extends object>(given: T): { [Name in keyof T]: Exclude<T[Name], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };
