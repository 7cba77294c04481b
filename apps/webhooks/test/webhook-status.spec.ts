import { describe, expect, it } from '@jest/globals';
import { firstStatus, nextStatus, type StatusColumns } from '../src/endpoints/webhook-status.js';

const THEN = new Date('2026-11-23T12:00:00.000Z');
const NOW = new Date('2026-11-24T12:00:00.000Z');
const ENABLED: StatusColumns = { status: 'enabled', disabled_reason: null, disabled_at: null };
const GONE: StatusColumns = { status: 'disabled', disabled_reason: 'gone', disabled_at: THEN };
const REQUESTED: StatusColumns = { status: 'disabled', disabled_reason: 'requested', disabled_at: NOW };

describe('the status of a webhook', () => {
  it('begins as asked for', () => {
    expect(firstStatus('enabled', NOW)).toEqual(ENABLED);
    expect(firstStatus('disabled', NOW)).toEqual(REQUESTED);
  });

  it.each([
    ['enabled stays enabled', ENABLED, 'enabled', ENABLED],
    ['enabled becomes disabled now, because somebody asked', ENABLED, 'disabled', REQUESTED],
    ['disabled stays as it is, its reason too', GONE, 'disabled', GONE],
    ['disabled becomes enabled without a trace', GONE, 'enabled', ENABLED],
  ] as const)('%s', (_what, before, wanted, after) => {
    expect(nextStatus({ ...before, other: 1 } as StatusColumns, wanted, NOW)).toEqual(after);
  });
});
