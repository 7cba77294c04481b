import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { verify, WebhookVerificationError } from '@nexivo/sdk/webhooks';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const OTHER = `whsec_${randomBytes(32).toString('base64')}`;
const BODY = JSON.stringify({ id: 'evt_1', type: 'candidate.created', name: 'Jörg' });

/** The headers of a delivery, as the product makes them. */
function headersOf(body: string, secret = SECRET, at = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`evt_1.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': 'evt_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

it('takes what was signed: as text or bytes, with headers of any kind, by any of several secrets', async () => {
  const headers = headersOf(BODY);
  const event = JSON.parse(BODY) as unknown;
  expect(await verify(BODY, headers, SECRET)).toEqual(event);
  expect(await verify(Buffer.from(BODY), new Headers(headers), [OTHER, SECRET])).toEqual(event);
  const capitals = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
  expect(await verify(BODY, capitals, SECRET)).toEqual(event);
  const both = { ...headers, 'webhook-signature': `v1,AAAA v2,x ${headers['webhook-signature']}` };
  expect(await verify(BODY, both, SECRET)).toEqual(event);
});

it.each([
  ['another body', `${BODY} `, headersOf(BODY)],
  ['another secret', BODY, headersOf(BODY, OTHER)],
  ['another id', BODY, { ...headersOf(BODY), 'webhook-id': 'evt_2' }],
  ['no signature', BODY, { ...headersOf(BODY), 'webhook-signature': '' }],
  ['no base64', BODY, { ...headersOf(BODY), 'webhook-signature': 'v1,~~~' }],
  ['an old time', BODY, headersOf(BODY, SECRET, Date.now() - 301_000)],
  ['a time ahead', BODY, headersOf(BODY, SECRET, Date.now() + 302_000)],
  ['no time', BODY, { ...headersOf(BODY), 'webhook-timestamp': 'now' }],
  ['no headers', BODY, {}],
])('refuses %s', async (_, body, headers) => {
  await expect(verify(body, headers, SECRET)).rejects.toThrow(WebhookVerificationError);
});

it('takes what is older if told', async () => {
  const headers = headersOf(BODY, SECRET, Date.now() - 3_000_000);
  await expect(verify(BODY, headers, SECRET, { toleranceS: 4_000 })).resolves.toBeDefined();
});

it.each(['secret', 'whsec_', 'whsec_~'])('says that %p is no secret', async (secret) => {
  await expect(verify(BODY, headersOf(BODY), secret)).rejects.toThrow(TypeError);
});
