import type { SentEvent } from './generated/types.js';

export type * from './generated/types.js';

/** A request is not a delivery of this webhook, or is too old. */
export class WebhookVerificationError extends Error {
  override name = 'WebhookVerificationError';
}

/** Those of a request: a `Headers`, or an object as `node:http` has one. */
type HeadersOf = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The event that a delivery carries, once its signature has proved whose it is.
 *
 * @param body the bytes as they came, or the text that they are
 * @param secrets `whsec_…`; several where one is replaced
 * @param options.toleranceS how old, or ahead, a delivery may be in seconds
 * @throws WebhookVerificationError
 */
export async function verify(
  body: string | Uint8Array,
  headers: HeadersOf,
  secrets: string | readonly string[],
  { toleranceS = 300 }: { toleranceS?: number } = {},
): Promise<SentEvent> {
  const [id, time, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    one(headers, name),
  );
  if (!id || !time || !signatures) throw new WebhookVerificationError('the headers of a delivery are missing');
  if (!(Math.abs(Date.now() / 1_000 - Number(time)) <= toleranceS)) {
    throw new WebhookVerificationError('the delivery is too old, or dated ahead');
  }
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = joined(`${id}.${time}.`, body);
  for (const secret of [secrets].flat()) {
    const key = await keyOf(secret);
    for (const given of signatures.split(' ')) {
      const signature = given.startsWith('v1,') && bytesOf(given.slice(3));
      // In constant time.
      if (signature && (await crypto.subtle.verify('HMAC', key, signature, signed)))
        return JSON.parse(text) as SentEvent;
    }
  }
  throw new WebhookVerificationError('no signature is by this secret');
}

function one(headers: HeadersOf, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const value = Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  return typeof value === 'string' ? value : undefined;
}

/** The key is what the base64 behind the prefix stands for. */
function keyOf(secret: string) {
  const bytes = /^whsec_(.+)$/.exec(secret)?.[1];
  const raw = bytes && bytesOf(bytes);
  if (!raw) throw new TypeError('not a secret of a webhook: whsec_…');
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(before: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const [head, rest] = [encoder.encode(before), typeof body === 'string' ? encoder.encode(body) : body];
  const all = new Uint8Array(head.length + rest.length);
  all.set(head);
  all.set(rest, head.length);
  return all;
}
