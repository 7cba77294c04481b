import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import * as accountsModule from '../src/accounts.js';
import * as candidatesModule from '../src/candidates.js';
import type { Command } from '../src/command.js';
import * as deliveriesModule from '../src/deliveries.js';
import { errorCatalogue, fieldError, problem } from '../src/errors.js';
import * as eventsModule from '../src/events.js';
import * as jobsModule from '../src/jobs.js';
import { openApiRoutes } from '../src/openapi.js';
import * as replaysModule from '../src/replays.js';
import { routes } from '../src/routes.js';
import * as rolesModule from '../src/roles.js';
import * as sessionsModule from '../src/sessions.js';
import * as submissionsModule from '../src/submissions.js';
import * as usersModule from '../src/users.js';
import * as webhooksModule from '../src/webhooks.js';

const { candidateExample, candidatePatch, candidateRoutes, candidates, createCandidateInput } = candidatesModule;
const { createJobInput, jobExample, jobPatch, jobRoutes, jobs } = jobsModule;
const { createSubmissionInput, submissionPatch, submissionRoutes, submissions } = submissionsModule;
const { createWebhookInput, webhookPatch, webhookRoutes } = webhooksModule;
const { deliveryRoutes } = deliveriesModule;
const { replayRoutes } = replaysModule;
const { eventRoutes } = eventsModule;
const { SCOPES, SESSION_SCOPES, TOKEN_SCOPES } = accountsModule;
const { mayGrant, ROLE_SCOPES, ROLES } = rolesModule;

/** Every module with commands, and the first tokens that their subjects may have. */
const modules: [object, string[]][] = [
  [accountsModule, ['accounts', 'tokens']],
  [candidatesModule, ['candidates']],
  [jobsModule, ['jobs']],
  [submissionsModule, ['submissions']],
  [webhooksModule, ['webhooks']],
  [deliveriesModule, ['webhooks']],
  [replaysModule, ['webhooks']],
  [eventsModule, ['webhooks']],
  [usersModule, ['users']],
  [sessionsModule, ['sessions']],
];
const isCommand = (value: unknown): value is Command =>
  typeof value === 'object' && value !== null && 'subject' in value && 'input' in value;
const commands = modules.flatMap(([module, services]) =>
  Object.values(module)
    .flatMap((exported: unknown) => (typeof exported === 'object' && exported ? Object.values(exported) : []))
    .filter(isCommand)
    .map((command) => ({ services, command })),
);
const named = routes.map((route) => [`${route.method} ${route.path}`, route] as const);

describe('commands', () => {
  it('have subjects that are unique', () => {
    const subjects = commands.map(({ command }) => command.subject);
    expect(subjects).toEqual(
      expect.arrayContaining(['accounts.create', 'candidates.get', 'jobs.get', 'submissions.get', 'webhooks.get']),
    );
    expect(new Set(subjects).size).toBe(subjects.length);
  });

  it.each(commands.map(({ services, command }) => [command.subject, services, command] as const))(
    '%s begins with its service, and its caller waits for a time that ends',
    (subject, services, { timeoutMs }) => {
      expect(subject).toMatch(/^[a-z]+\.[a-z]+(_[a-z]+)*$/);
      expect(services).toContain(subject.split('.')[0]);
      expect(timeoutMs).toBeGreaterThan(0);
      expect(timeoutMs).toBeLessThanOrEqual(10_000);
    },
  );

  it('that ask other services first are waited for longer than those', () => {
    for (const asking of [submissions.create, submissions.listForJob]) {
      expect(asking.timeoutMs).toBeGreaterThan(Math.max(jobs.get.timeoutMs, candidates.get.timeoutMs));
    }
  });
});

describe('the catalogue of errors', () => {
  it.each(Object.entries(errorCatalogue))(
    '%s has a stable code, an error status, a title and a description',
    (code, entry) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(entry.status).toBeGreaterThanOrEqual(400);
      expect(entry.status).toBeLessThan(600);
      expect(entry.title).toMatch(/^[A-Z].*[^.]$/);
      expect(entry.description).toMatch(/^[A-Z].*\.$/s);
    },
  );

  it('has a code for a problem to carry, and no other is one', () => {
    const body = { type: 'https://x.example/y', title: 't', status: 400, detail: 'd', request_id: 'r' };
    expect(problem.safeParse({ ...body, code: 'validation_failed', errors: [] }).success).toBe(true);
    expect(problem.safeParse({ ...body, code: 'teapot' }).success).toBe(false);
    expect(fieldError.safeParse({ field: 'a', code: 'b' }).success).toBe(false);
  });
});

describe('routes', () => {
  it('are all in the one list', () => {
    const declared = [
      candidateRoutes,
      jobRoutes,
      submissionRoutes,
      webhookRoutes,
      deliveryRoutes,
      replayRoutes,
      eventRoutes,
      openApiRoutes,
    ].flatMap((each) => Object.values(each));
    for (const route of declared) expect(routes).toContain(route);
  });

  it('have unique operation ids, and unique methods and paths', () => {
    for (const keys of [routes.map(({ operationId }) => operationId), named.map(([name]) => name)]) {
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it.each(named)('%s names errors of the catalogue only', (_, { errors = [] }) => {
    for (const code of errors) expect(Object.keys(errorCatalogue)).toContain(code);
  });

  it('without a scope show nothing that an account owns', () => {
    const open = routes.filter(({ scope, isForSessions }) => !scope && !isForSessions);
    expect(open.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
      'GET /me',
      'GET /openapi.json',
      'GET /plans',
      'POST /invitations/accept',
      'POST /invitations/look_up',
      'POST /sessions',
    ]);
  });

  it.each(named.filter(([, { scope }]) => scope))(
    '%s needs a scope of its resource: write for what changes',
    (_, route) => {
      const resource = route.tag.toLowerCase();
      expect(route.scope).toBe(`${resource}:${route.method === 'GET' ? 'read' : 'write'}`);
      expect(SCOPES).toContain(route.scope);
    },
  );

  it.each(named)('%s declares exactly the parameters of its path', (_, { path, params }) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys((params as { shape?: object } | undefined)?.shape ?? {})).toEqual(inPath);
  });

  it.each(named)(
    '%s reads a body only if it is a POST, a PUT or a PATCH, and says where what it has created is',
    (_, route) => {
      if (route.method === 'GET' || route.method === 'DELETE') expect(route.body).toBeUndefined();
      expect(route.location !== undefined).toBe(route.status === 201 || route.mayCreate === true);
      expect(route.mayCreate === true).toBe(route.method === 'PUT');
      if (route.status === 201) expect(route.method).toBe('POST');
    },
  );

  it.each(named.filter(([, { example }]) => example !== undefined))(
    '%s has an example that it would accept',
    (_, route) => {
      expect(route.body!.safeParse(route.example).error).toBeUndefined();
    },
  );

  it.each(named.filter(([, { responseExample }]) => responseExample !== undefined))(
    '%s has an example answer that it could give',
    (_, route) => {
      expect(route.response.safeParse(route.responseExample).error).toBeUndefined();
    },
  );
});

describe('roles', () => {
  it('have exactly these scopes', () => {
    const without = (role: rolesModule.Role) => SCOPES.filter((scope) => !ROLE_SCOPES[role].includes(scope));
    expect(Object.fromEntries(ROLES.map((role) => [role, without(role)]))).toEqual({
      owner: [],
      admin: [],
      developer: [
        'candidates:write',
        'jobs:write',
        'submissions:write',
        'account:read',
        'account:write',
        'users:write',
      ],
      recruiter: ['webhooks:read', 'webhooks:write', 'account:read', 'audit:read', 'account:write', 'users:write'],
      viewer: [
        'candidates:write',
        'jobs:write',
        'submissions:write',
        'webhooks:read',
        'webhooks:write',
        'account:read',
        'audit:read',
        'account:write',
        'users:write',
      ],
    });
  });

  it('are granted by owners, and by admins but for that of an owner', () => {
    const granters = (granted: rolesModule.Role) => ROLES.filter((granter) => mayGrant(granter, granted));
    for (const role of ROLES) expect(granters(role)).toEqual(role === 'owner' ? ['owner'] : ['owner', 'admin']);
  });
});

describe('a token', () => {
  it('cannot be granted what lets people in or makes tokens', () => {
    for (const scope of SESSION_SCOPES) expect(accountsModule.tokenScope.safeParse(scope).success).toBe(false);
    for (const scope of TOKEN_SCOPES) expect(accountsModule.tokenScope.safeParse(scope).success).toBe(true);
  });
});

describe('bodies', () => {
  it.each([
    ['candidate', createCandidateInput, candidatePatch, ['first_name', 'last_name', 'status']],
    ['job', createJobInput, jobPatch, ['title', 'openings', 'status']],
    ['submission', createSubmissionInput, submissionPatch, ['stage']],
    ['webhook', createWebhookInput, webhookPatch, ['url', 'events', 'status']],
  ] as const)(
    'of a %s refuse fields that are not theirs, and null where a value must be',
    (_, create, patch, neverNull) => {
      for (const schema of [create, patch]) {
        const codes = schema.safeParse({ id: 'x', nonsense: 1 }).error!.issues.map(({ code }) => code);
        expect(codes).toContain('unrecognized_keys');
      }
      const patchable: string[] = Object.keys(patch.shape);
      for (const member of patchable) {
        expect({ member, clearable: patch.safeParse({ [member]: null }).success }).toEqual({
          member,
          clearable: !(neverNull as readonly string[]).includes(member),
        });
      }
    },
  );

  it('take what a resource holds, so that what was read can be sent back in part', () => {
    const { phone, skills, custom_fields } = candidateExample;
    expect(candidatePatch.safeParse({ phone, skills, custom_fields }).success).toBe(true);
    const { salary_min, salary_currency, tags } = jobExample;
    expect(jobPatch.safeParse({ salary_min, salary_currency, tags }).success).toBe(true);
  });

  it.each(['EUR', 'USD'])('of a job take the currency %s', (salary_currency) => {
    expect(jobPatch.safeParse({ salary_currency }).success).toBe(true);
  });

  it.each([
    { salary_currency: 'eur' },
    { salary_currency: 'EURO' },
    { salary_min: -1 },
    { salary_min: 1.5 },
    { salary_min: Number.MAX_SAFE_INTEGER + 1 },
    { salary_min: '1' },
    { openings: 0 },
    { openings: 1.5 },
    { status: 'paused' },
    { workplace: 'office' },
  ])('of a job do not take %j', (patch) => {
    expect(jobPatch.safeParse(patch).success).toBe(false);
  });
});

/** Compared as it is. */
const READ_AS_SENT = /\.(secret|password|current_password)$/;
const SEVERAL_LINES = /\.(summary|description|notes)$/;

const isReadOnly = (member: z.core.$ZodType): boolean =>
  member instanceof z.ZodOptional && (member.meta()?.['readOnly'] === true || isReadOnly(member.unwrap()));

const texts = routes.flatMap(({ operationId, body }) =>
  Object.entries(body instanceof z.ZodObject ? body.shape : {})
    .map(([name, member]) => [`${operationId}.${name}`, member as z.ZodType] as const)
    .filter(([name, member]) => member.safeParse('a b').success && !isReadOnly(member) && !READ_AS_SENT.test(name)),
);

describe('a text in a body', () => {
  it('is in many places', () => {
    expect(texts.length).toBeGreaterThan(30);
  });

  it.each(texts)(
    '%s has one line, unless it is a long one, and nothing that Postgres or people cannot read',
    (name, member) => {
      const kept = SEVERAL_LINES.test(name) ? 'a \n\t b' : 'a b';
      expect(member.parse(' a \n\t b\u00a0')).toBe(kept);
      for (const value of ['a\u0007b', 'a\u0000b', 'a\ud800', '\u200b\u3164'])
        expect({ value, isTaken: member.safeParse(value).success }).toEqual({ value, isTaken: false });
    },
  );
});
