import { z } from 'zod';
import { type Scope, SCOPES } from './accounts.js';

/** What a person may be in an account. */
export const ROLES = ['owner', 'admin', 'developer', 'recruiter', 'viewer'] as const;
export const role = z.enum(ROLES).meta({ id: 'Role' });
export type Role = z.output<typeof role>;

const READS = ['candidates:read', 'jobs:read', 'submissions:read'] as const;
const WRITES = ['candidates:write', 'jobs:write', 'submissions:write'] as const;
/** Everybody may have tokens of his own, and sees who belongs to the account. */
const OWN = ['tokens:read', 'tokens:write', 'users:read'] as const;

/**
 * What each role may do. A scope says which operations; within some of them a role reaches less than all: only owners act on owners,
 * recruiters and viewers see their own tokens alone, developers their own entries of the audit log.
 */
export const ROLE_SCOPES: Record<Role, readonly Scope[]> = {
  owner: SCOPES,
  admin: SCOPES,
  developer: [...READS, 'webhooks:read', 'webhooks:write', ...OWN, 'audit:read'],
  recruiter: [...READS, ...WRITES, ...OWN],
  viewer: [...READS, ...OWN],
};

/** Whether a role sees the tokens of everybody, and not just its own. */
export const seesAllTokens = (of: Role): boolean => of === 'owner' || of === 'admin' || of === 'developer';

/** Whether a role changes and ends the tokens of everybody, and makes those that belong to nobody. */
export const managesAllTokens = (of: Role): boolean => of === 'owner' || of === 'admin';

/** Whether a role sees what everybody did, and not just what it did itself. */
export const seesAllAudit = (of: Role): boolean => of === 'owner' || of === 'admin';

/** Whether somebody may give or take away a role: owners all, admins all but that of owners. */
export const mayGrant = (granter: Role, granted: Role): boolean =>
  granter === 'owner' || (granter === 'admin' && granted !== 'owner');
