import type { RequestContext } from '@nexivo/bus/context';
import { DomainError } from '@nexivo/bus/domain-error';
import { EVENT_TYPES, type EventType, readScopeOf } from '@nexivo/contracts/events';
import type { Subscribable } from '@nexivo/contracts/webhooks';

type Asker = Pick<RequestContext, 'scopes'>;

/** The types of events that a subscription is about at present. */
export const subscribedTypes = (subscription: readonly Subscribable[]): readonly EventType[] =>
  subscription.includes('*') ? EVENT_TYPES : (subscription as readonly EventType[]);

/** The types of events whose content may be shown to whoever asks. */
export const readableTypes = ({ scopes }: Asker): readonly EventType[] =>
  scopes ? EVENT_TYPES.filter((type) => isOfWebhooks(type) || scopes.includes(readScopeOf(type))) : EVENT_TYPES;

/** Of these whoever comes here knows already: each route needs a scope of webhooks. */
const isOfWebhooks = (type: EventType): boolean => readScopeOf(type) === 'webhooks:read';

/**
 * Refuses to show events, or to send them somewhere, on behalf of somebody who may not read what they carry.
 *
 * @throws DomainError `insufficient_scope`, naming what is missing
 */
export function requireReadable({ scopes }: Asker, types: readonly EventType[]): void {
  if (!scopes) return;
  const needed = new Set(types.filter((type) => !isOfWebhooks(type)).map(readScopeOf));
  const missing = [...needed].filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return;
  const noun = missing.length === 1 ? 'scope' : 'scopes';
  throw new DomainError('insufficient_scope', {
    detail: `This needs a token with the ${noun} ${missing.join(', ')} as well.`,
  });
}
