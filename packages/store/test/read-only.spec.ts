import { describe, expect, it } from '@jest/globals';
import { withoutReadOnly } from '../src/read-only.js';

const resource = { id: 'a', closed_at: null, updated_at: '2026-11-23T12:00:00.000Z' };
const NAMES = ['id', 'closed_at', 'updated_at'] as const;

describe('what only the API sets', () => {
  it('may be sent back as it stands, times in any way of writing them, and changes nothing', () => {
    const patch = { title: 'x', id: 'a', closed_at: null, updated_at: '2026-11-23T13:00:00+01:00' };
    expect(withoutReadOnly(patch, resource, NAMES)).toEqual({ title: 'x' });
    expect(withoutReadOnly({ title: 'x' } as typeof patch, resource, NAMES)).toEqual({ title: 'x' });
  });

  it('is refused otherwise, each by its name', () => {
    const patch = { id: 'b', closed_at: '2026-11-23T12:00:00.000Z', updated_at: { a: 1 } };
    const message = 'is set by the API and cannot be changed';
    expect(() => withoutReadOnly(patch, resource, NAMES)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        errors: ['id', 'closed_at', 'updated_at'].map((field) => ({ field, code: 'read_only', message })),
      }),
    );
  });

  it('may be as it stood before, where it is a time that moves on by itself', () => {
    const token = { last_used_at: '2026-11-23T12:00:00.000Z' };
    for (const last_used_at of [null, '2026-11-23T11:59:00.000Z', '2026-11-23T12:00:00.000Z'])
      expect(withoutReadOnly({ last_used_at }, token, ['last_used_at'], ['last_used_at'])).toEqual({});
    for (const last_used_at of ['2026-11-23T12:01:00.000Z', 'now', 1])
      expect(() => withoutReadOnly({ last_used_at }, token, ['last_used_at'], ['last_used_at'])).toThrow(
        expect.objectContaining({ code: 'validation_failed' }),
      );
    expect(() =>
      withoutReadOnly({ last_used_at: 'x' }, { last_used_at: null }, ['last_used_at'], ['last_used_at']),
    ).toThrow();
  });
});
