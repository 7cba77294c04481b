import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { generateSecret } from '../src/endpoints/secrets.js';
import { signatureHeaders } from '../src/sender/signature.js';

const id = 'evt_019ab2f07a0e7c3c9d0b0f6f2c1f6f6e';
const body = Buffer.from('{"id":"evt_019ab2f07a0e7c3c9d0b0f6f2c1f6f6e","data":{"name":"José 😀"}}');
const timestampS = Math.floor(Date.now() / 1_000);

const verifiers = { standardwebhooks: StandardWebhook, svix: SvixWebhook };

describe('a signature', () => {
  it.each(Object.keys(verifiers) as (keyof typeof verifiers)[])('is accepted by %s', (name) => {
    const secret = generateSecret();
    const headers = signatureHeaders([secret], { id, timestampS, body });
    expect(() => new verifiers[name](secret).verify(body, headers)).not.toThrow();
  });

  it.each(Object.keys(verifiers) as (keyof typeof verifiers)[])(
    'is refused by %s after any one byte of body, id or time has changed',
    (name) => {
      const secret = generateSecret();
      const headers = signatureHeaders([secret], { id, timestampS, body });
      const verifier = new verifiers[name](secret);
      for (let index = 0; index < body.length; index++) {
        const changed = Buffer.from(body);
        changed[index]! ^= 1;
        expect(() => verifier.verify(changed, headers)).toThrow('No matching signature');
      }
      expect(() => verifier.verify(body.toString(), { ...headers, 'webhook-id': `${id}0` })).toThrow();
      expect(() =>
        verifier.verify(body.toString(), { ...headers, 'webhook-timestamp': String(timestampS + 1) }),
      ).toThrow();
      expect(() => new verifiers[name](generateSecret()).verify(body.toString(), headers)).toThrow();
    },
  );

  it('is made with each live secret, the newest first, so that a receiver may know either', () => {
    const [newest, older] = [generateSecret(), generateSecret()];
    const headers = signatureHeaders([newest, older], { id, timestampS, body });
    for (const secret of [newest, older]) {
      expect(() => new StandardWebhook(secret).verify(body.toString(), headers)).not.toThrow();
    }
    const [first] = headers['webhook-signature'].split(' ');
    expect(() =>
      new StandardWebhook(newest).verify(body.toString(), { ...headers, 'webhook-signature': first! }),
    ).not.toThrow();
  });

  it('of the body alone is that of the newest secret, as it was shown, prefix included', () => {
    const secrets = [generateSecret(), generateSecret()] as const;
    expect(signatureHeaders(secrets, { id, timestampS, body })['X-NexivoHR-Signature']).toBe(
      `sha256=${createHmac('sha256', secrets[0]).update(body).digest('hex')}`,
    );
  });

  it('is the one of the example in the specification of Standard Webhooks', () => {
    const headers = signatureHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampS: 1_614_265_330,
      body: Buffer.from('{"test": 2432232314}'),
    });
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});
