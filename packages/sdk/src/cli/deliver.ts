import { createHmac, randomUUID } from 'node:crypto';
import type { WebhookEvent } from '../generated/types.js';

/** What came of an attempt: a status, or why there is none. */
export type Outcome = { status: number } | { error: string };

const TIMEOUT_MS = 15_000;

/** Sends an event as a webhook would: headers, signatures and limit of time are those of docs/webhooks.md. */
export async function deliver(url: string, secret: string, event: WebhookEvent, signal: AbortSignal): Promise<Outcome> {
  const body = JSON.stringify(event);
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${event.id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'NexivoHR-Webhooks/1',
    'webhook-id': event.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
    'x-nexivohr-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    'x-nexivohr-event': event.type,
    'x-nexivohr-delivery': randomUUID(),
  };
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: within });
    await response.body?.cancel();
    return { status: response.status };
  } catch (error) {
    signal.throwIfAborted();
    const cause = (error as Error).cause as { code?: string } | undefined;
    return { error: cause?.code ?? (error as Error).message };
  }
}
