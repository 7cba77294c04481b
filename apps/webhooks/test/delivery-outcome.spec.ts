import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { outcomeOf } from '../src/queue/outcome.js';
import { type Answer, KEPT_BYTES } from '../src/sender/answer.js';

const at = new Date('2026-11-24T12:00:00.000Z');
const clock = { at, now: at, random: () => 0.5 };
const answered = (changes: Partial<Answer>): Answer => ({
  status: undefined,
  retryAfter: undefined,
  body: undefined,
  failure: undefined,
  sentAt: 1,
  latencyMs: 12,
  ...changes,
});
const tooLarge = {
  code: 'response_too_large',
  detail: 'the connection was cut after 64 KiB, before the answer was complete',
} as const;
const timeout = { code: 'timeout', detail: 'no complete answer within 15 s' } as const;

describe('a delivery', () => {
  it('has succeeded with a 2xx, and only with that', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.integer({ min: 0, max: 9 }), (status, attempts) => {
        const outcome = outcomeOf(attempts, answered({ status, body: Buffer.alloc(0) }), clock);
        expect(outcome.status === 'succeeded').toBe(status < 300);
        expect(outcome.verdict.kind === 'success').toBe(status < 300);
        expect(outcome.attempt.error === undefined).toBe(status < 300);
      }),
    );
  });

  it('is tried again after a failure, ten times in all', () => {
    for (let attempts = 0; attempts < 9; attempts++) {
      expect(outcomeOf(attempts, answered({ status: 500 }), clock)).toMatchObject({
        status: 'pending',
        dueInMs: expect.any(Number),
      });
    }
    expect(outcomeOf(9, answered({ status: 500 }), clock)).toMatchObject({ status: 'failed', dueInMs: undefined });
  });

  it('waits at least until Retry-After, of any failed answer', () => {
    for (const status of [301, 400, 429, 500, 503]) {
      expect(outcomeOf(0, answered({ status, retryAfter: '3600' }), clock).dueInMs).toBe(3_600_000);
    }
    const inAnHour = new Date(at.getTime() + 3_600_000).toUTCString();
    expect(outcomeOf(0, answered({ status: 500, retryAfter: inAnHour }), clock).dueInMs).toBe(3_600_000);
    expect(outcomeOf(0, answered({ status: 500, retryAfter: '1' }), clock).dueInMs).toBe(5_000);
  });

  it('has failed at once with a 410', () => {
    expect(outcomeOf(0, answered({ status: 410 }), clock)).toMatchObject({
      status: 'failed',
      verdict: { kind: 'gone' },
      attempt: { error: 'http_status', errorDetail: 'answered 410' },
    });
  });

  it('has not succeeded with a 2xx that broke off', () => {
    expect(outcomeOf(0, answered({ status: 200, failure: timeout, body: Buffer.from('o') }), clock)).toMatchObject({
      status: 'pending',
      verdict: { kind: 'failure' },
      attempt: { statusCode: 200, error: 'timeout', responseBody: 'o' },
    });
  });
});

describe('the log of an attempt', () => {
  it('says why it failed', () => {
    const errorOf = (changes: Partial<Answer>) => {
      const { error, errorDetail } = outcomeOf(0, answered(changes), clock).attempt;
      return [error, errorDetail];
    };
    expect(errorOf({ status: 500 })).toEqual(['http_status', 'answered 500']);
    expect(errorOf({ status: 302 })).toEqual(['redirect_not_followed', 'answered 302, and redirects are not followed']);
    expect(errorOf({ failure: timeout })).toEqual(['timeout', 'no complete answer within 15 s']);
    expect(errorOf({ status: 204 })).toEqual([undefined, undefined]);
  });

  it('is of a slowdown, so that nothing is sent for a while, if an answer was cut before its status came', () => {
    const verdictOf = (changes: Partial<Answer>) => outcomeOf(0, answered(changes), clock).verdict.kind;
    const headers = { code: 'response_headers_too_large', detail: 'the headers of the answer are too large' } as const;
    expect([tooLarge, headers, timeout].map((failure) => verdictOf({ failure }))).toEqual([
      'slowdown',
      'slowdown',
      'failure',
    ]);
    // Trailers.
    expect(verdictOf({ status: 200, failure: headers })).toBe('failure');
  });

  it('says that an answer was cut, whatever its status was', () => {
    const logged = (status: number | undefined) => {
      const { status: becomes, attempt } = outcomeOf(0, answered({ status, failure: tooLarge }), clock);
      return [becomes, attempt.error, attempt.errorDetail];
    };
    expect(logged(undefined)).toEqual(['pending', 'response_too_large', tooLarge.detail]);
    expect(logged(200)).toEqual(['succeeded', undefined, 'answered 200; the connection was cut after 64 KiB']);
    expect(logged(500)).toEqual(['pending', 'http_status', 'answered 500; the connection was cut after 64 KiB']);
  });

  it('has text that Postgres takes, whatever the bytes were', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: KEPT_BYTES, size: 'max' }), (bytes) => {
        const text = outcomeOf(0, answered({ status: 200, body: Buffer.from(bytes) }), clock).attempt.responseBody!;
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toContain('\0');
      }),
    );
  });

  it('does not end in half a character where the answer was cut', () => {
    const whole = Buffer.from('é'.repeat(KEPT_BYTES));
    const textOf = (body: Buffer) => outcomeOf(0, answered({ status: 200, body }), clock).attempt.responseBody;
    expect(textOf(whole.subarray(0, KEPT_BYTES))).toBe('é'.repeat(KEPT_BYTES / 2));
    expect(textOf(Buffer.concat([Buffer.from('x'), whole]).subarray(0, KEPT_BYTES))).toBe(
      `x${'é'.repeat(KEPT_BYTES / 2 - 1)}`,
    );
    expect(textOf(Buffer.from([0x61, 0xc3]))).toBe('a\uFFFD');
  });
});
