import type { Role } from '@nexivo/contracts/roles';

/** What each role is for, in a sentence. */
export const ROLE_WORDS: Record<Role, string> = {
  owner: 'Everything, owners included',
  admin: 'Everything but what concerns owners',
  developer: 'Reads candidates, jobs and submissions; manages webhooks and own tokens',
  recruiter: 'Reads and writes candidates, jobs and submissions',
  viewer: 'Reads candidates, jobs and submissions',
};
