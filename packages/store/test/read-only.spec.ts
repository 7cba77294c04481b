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
});
