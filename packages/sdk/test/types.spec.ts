import { expect, it } from '@jest/globals';
import type { ErrorCode, Nexivo, WebhookEvent } from '@nexivo/sdk';

/** Never run: what the compiler takes and refuses of it is the test, and `npm run typecheck` makes it. */
export const typed = {
  creations: async ({ candidates, submissions }: Nexivo) => {
    await candidates.create({ first_name: 'Jane', last_name: 'Smith', email: null, status: 'new' });
    // @ts-expect-error last_name is missing
    await candidates.create({ first_name: 'Jane' });
    // @ts-expect-error there is no such field
    await candidates.create({ first_name: 'Jane', last_name: 'Smith', nickname: 'J' });
    // @ts-expect-error there is no such status
    await candidates.create({ first_name: 'Jane', last_name: 'Smith', status: 'gone' });
    // @ts-expect-error a name cannot be cleared
    await candidates.update('1', { first_name: null });
    // @ts-expect-error what is created has no version yet
    await candidates.create({ first_name: 'Jane', last_name: 'Smith' }, { ifMatch: '"1"' });
    // @ts-expect-error a submission is of a job
    await submissions.create({ candidate_id: '1' });
  },
  reads: async ({ candidates, webhooks }: Nexivo) => {
    const { etag, data } = await candidates.get('1').withResponse();
    await candidates.update('1', { tags: [...data.tags, 'seen'] }, { ifMatch: etag });
    await candidates.edit('1', (whole) => ({ ...whole, city: 'Berlin' }));
    // @ts-expect-error there is no such filter
    candidates.list({ stauts: ['new'] });
    // @ts-expect-error a list of values is an array
    candidates.list({ status: 'new' });
    // @ts-expect-error there is no such sort
    candidates.list({ sort: 'shoe_size' });
    // @ts-expect-error it has no such member
    void data.nickname;
    // @ts-expect-error rows are limited, so that nobody reads a million by mistake
    await candidates.list().toArray();
    // @ts-expect-error the secret is shown once, when it is made
    void (await webhooks.get('1')).secret;
  },
  narrowing: (event: WebhookEvent, code: ErrorCode) => {
    void event.data.object.id;
    if (event.type === 'submission.stage_changed') {
      void event.data.object.stage;
      // @ts-expect-error a submission has no name
      void event.data.object.first_name;
    }
    if (event.type === 'candidate.created') void event.data.object.first_name;
    // @ts-expect-error there is no such event
    void (event.type === 'candidate.hired');
    // @ts-expect-error there is no such code
    void (code === 'teapot');
  },
};

it('the types are those of the document', () =>
  expect(Object.keys(typed)).toEqual(['creations', 'reads', 'narrowing']));
