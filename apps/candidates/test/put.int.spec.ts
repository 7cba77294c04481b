import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CandidatePut, candidates } from '@nexivo/contracts/candidates';
import type { RequestContext } from '@nexivo/bus/context';
import { callFor, exchange, startWorld, type World } from '@nexivo/testing/world';
import { candidatesService } from '../src/app.module.js';
import { database } from '../src/database.js';
import { candidatesEnv } from '../src/env.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.start({ name: 'candidates', env: candidatesEnv, database, options: candidatesService });
});
afterAll(() => world.stop());

const jane = { first_name: 'Jane', last_name: 'Smith' };
const put = (context: RequestContext, values: CandidatePut = jane, external_id = 'A-1') =>
  exchange(world.bus, candidates.put, { external_id, values }, context);

describe('a put by an id of the client', () => {
  it('creates, then changes what differs, then changes nothing', async () => {
    const context = callFor();
    const first = await put(context, { ...jane, skills: ['Go'], custom_fields: { a: 1, gone: null } });
    expect(first).toMatchObject({ isCreated: true, version: 1 });
    expect(first.body).toMatchObject({ external_id: 'A-1', status: 'new', skills: ['Go'], custom_fields: { a: 1 } });
    const changed = await put(context, { ...jane, last_name: 'Jones', external_id: 'A-1', custom_fields: { b: 2 } });
    expect(changed).toMatchObject({ version: 2 });
    expect(changed.isCreated).toBe(false);
    expect(changed.body).toMatchObject({
      id: first.body.id,
      last_name: 'Jones',
      skills: ['Go'],
      custom_fields: { a: 1, b: 2 },
    });
    const same = await put(context, changed.body);
    expect(same).toEqual(changed);
  });

  it('leaves who is inactive so, unless it says another status', async () => {
    const context = callFor();
    const { body } = await put(context);
    await world.bus.request(candidates.delete, { id: body.id }, context);
    await expect(put(context, { ...jane, city: 'Bonn' })).resolves.toMatchObject({
      body: { id: body.id, status: 'inactive', city: 'Bonn' },
    });
    await expect(put(context, { ...jane, status: 'new' })).resolves.toMatchObject({ body: { status: 'new' } });
  });

  it('keeps to its conditions', async () => {
    const context = callFor();
    await expect(put({ ...context, ifMatch: '*' })).rejects.toMatchObject({ code: 'precondition_failed' });
    await expect(put({ ...context, ifNoneMatch: '*' })).resolves.toMatchObject({ isCreated: true });
    const again = put({ ...context, ifNoneMatch: '*' }, { ...jane, city: 'Bonn' });
    await expect(again).rejects.toMatchObject({ code: 'precondition_failed', version: 1 });
    const stale = put({ ...context, ifMatch: [7] }, { ...jane, city: 'Bonn' });
    await expect(stale).rejects.toMatchObject({ code: 'precondition_failed', version: 1 });
    await expect(put({ ...context, ifMatch: [1] }, { ...jane, city: 'Bonn' })).resolves.toMatchObject({ version: 2 });
  });

  it('creates once, however many come at the same time', async () => {
    const context = callFor();
    const replies = await Promise.all(Array.from({ length: 12 }, (_, n) => put(context, { ...jane, city: `${n}` })));
    expect(replies.filter(({ isCreated }) => isCreated)).toHaveLength(1);
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
    expect(replies.map(({ version }) => version).toSorted((a, b) => a! - b!)).toEqual(replies.map((_, n) => n + 1));
  });

  it.each([
    ['another external id', { external_id: 'A-2' }, 'external_id', 'differs_from_path'],
    ['none', { external_id: null }, 'external_id', 'differs_from_path'],
    ['what only the API sets', { created_at: '2026-01-01T00:00:00Z' }, 'created_at', 'read_only'],
  ])('refuses a body that says %s', async (_, members, field, code) => {
    await expect(put(callFor(), { ...jane, ...members })).rejects.toMatchObject({ errors: [{ field, code }] });
  });

  it('is named by the refusal of the same id elsewhere', async () => {
    const context = callFor();
    const { body } = await put(context);
    const other = await put(context, jane, 'A-2');
    const holder = { code: 'duplicate_external_id', errors: [{ existing_id: body.id }] };
    const created = world.bus.request(candidates.create, { ...jane, status: 'new', external_id: 'A-1' }, context);
    await expect(created).rejects.toMatchObject(holder);
    const patch = { external_id: 'A-1' };
    await expect(world.bus.request(candidates.update, { id: other.body.id, patch }, context)).rejects.toMatchObject(
      holder,
    );
  });
});
