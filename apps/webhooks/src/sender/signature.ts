import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * The headers that prove to a receiver who has sent a delivery and that nothing was changed on the way.
 *
 * `webhook-signature` is that of Standard Webhooks: over id, time and body, one for each live secret, with the bytes that the
 * base64 after `whsec_` stands for as key. `X-NexivoHR-Signature` is over the body alone, with the newest secret only, and its
 * key is the secret as it is shown, `whsec_` included: a receiver needs nothing but HMAC to check it.
 *
 * @param secrets those that are live, the newest first
 * @param body exactly what is sent
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders(
  secrets: readonly [string, ...string[]],
  { id, timestampS, body }: { id: string; timestampS: number; body: Buffer },
): Record<'X-NexivoHR-Signature' | 'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const signed = `${id}.${timestampS}.`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(signed).update(body).digest('base64')}`;
  });
  return {
    'X-NexivoHR-Signature': `sha256=${createHmac('sha256', secrets[0]).update(body).digest('hex')}`,
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    'webhook-signature': signatures.join(' '),
  };
}
