import type { AuditAction } from '@nexivo/contracts/accounts';
import type { AuditLogEntry } from '@nexivo/contracts/audit-log';
import type { ReactNode } from 'react';

/** An entry of the audit log as a sentence: who, did what, from where. */
export function Sentence({ entry }: { entry: AuditLogEntry }) {
  const { actor, address } = entry;
  return (
    <>
      <strong>{actor.name ?? (actor.type === 'operator' ? `Operator ${actor.id}` : `Somebody (${actor.type})`)}</strong>{' '}
      {DONE[entry.action](entry)}
      {address && <span className="meta"> from {address}</span>}
    </>
  );
}

type What = (entry: AuditLogEntry) => ReactNode;

function text(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  if (value === null || value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
const after = ({ details }: AuditLogEntry, member: string): string => text(details.after[member]);
const before = ({ details }: AuditLogEntry, member: string): string => text(details.before?.[member]);
const token = ({ token: named }: AuditLogEntry): ReactNode => <em>{named?.name ?? 'that is gone'}</em>;
const person = (entry: AuditLogEntry): ReactNode => <em>{entry.user?.name ?? after(entry, 'email')}</em>;

const withObject =
  (verb: string, object: (entry: AuditLogEntry) => ReactNode, rest?: (entry: AuditLogEntry) => ReactNode): What =>
  (entry) => (
    <>
      {verb} {object(entry)}
      {rest && <> {rest(entry)}</>}
    </>
  );

const DONE: Record<AuditAction, What> = {
  'account.created': () => 'created the account',
  'account.plan_changed': (entry) => `moved the account from ${before(entry, 'plan')} to ${after(entry, 'plan')}`,
  'account.quota_changed': () => 'changed the quotas of the account',
  'account.renamed': (entry) => `renamed the account to “${after(entry, 'name')}”`,
  'token.created': withObject('created the token', token),
  'token.updated': withObject('changed the token', token),
  'token.scopes_changed': withObject('changed the scopes of', token, (entry) => `to ${after(entry, 'scopes')}`),
  'token.rotated': withObject('rotated', token),
  'token.revoked': withObject('revoked', token),
  'session.created': () => 'signed in',
  'session.ended': () => 'signed out',
  'session.revoked': withObject('ended the sessions of', person),
  'invitation.created': (entry) => `invited ${after(entry, 'email')} as ${after(entry, 'role')}`,
  'invitation.revoked': (entry) => `took back the invitation of ${before(entry, 'email')}`,
  'user.reset_link_created': withObject('made a link to a new password for', person),
  'user.joined': (entry) => `joined as ${after(entry, 'role')}`,
  'user.renamed': withObject('is now called', person),
  'user.password_changed': () => 'chose a new password',
  'user.role_changed': withObject(
    'made',
    person,
    (entry) => `${after(entry, 'role')} instead of ${before(entry, 'role')}`,
  ),
  'user.removed': withObject('removed', person, () => 'from the account'),
  'user.disabled': withObject('disabled', person),
  'user.enabled': withObject('enabled', person, () => 'again'),
};
