import { expect, it } from '@jest/globals';
import type { PersonApi } from '@nexivo/testing/person';
import { joinAs } from '@nexivo/testing/person';
import { eventually } from '@nexivo/testing/poll';
import { button, copyAndClose, heading, expectForgotten, secretOn, visit } from './dashboard-page.js';
import { type DashboardWorld, WEBHOOKS } from './dashboard-world.js';

/** From the first webhook to what becomes of its deliveries. */
export function describeWebhooks(ofWorld: () => DashboardWorld): void {
  it('one is registered and tested, and the page of the delivery shows what was sent and what was answered', async () => {
    const world = ofWorld();
    const page = await world.open(world.owner);
    await page.goto(`${world.origin}${WEBHOOKS}`);
    await button(page, 'Register webhook').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('URL').fill('nonsense');
    await button(page, 'Register').click();
    await dialog.getByText('Must be an https URL', { exact: false }).waitFor();
    await dialog.getByLabel('URL').fill(`${world.receiver.url}/hooks`);
    await dialog.getByLabel('candidate.created').check();
    await button(page, 'Register').click();
    const secret = await secretOn(page);
    expect(secret).toMatch(/^whsec_/);
    await copyAndClose(page);
    await heading(page, `${world.receiver.url}/hooks`).waitFor();
    await expectForgotten(page, secret);

    await button(page, 'Send a test').click();
    await heading(page, 'webhook.test').waitFor();
    await page.getByText('Answered 200').waitFor();
    await page.getByLabel('What was sent').getByText('"webhook.test"').waitFor();
    const received = world.receiver.requests.find(({ path }) => path === '/hooks')!;
    expect(await page.getByLabel('What was sent').last().textContent()).toContain(JSON.parse(received.body).id);
  });

  it('one that fails says so where it is listed, until it is answered', async () => {
    const world = ofWorld();
    const { origin, operator, receiver } = world;
    const owner = await joinAs(origin, operator, await operator.createAccount(), 'owner');
    receiver.answer = () => ({ status: 500 });
    const hook = { url: `${receiver.url}/troubled`, events: ['candidate.created'] };
    const { id } = (await owner.api.post('/webhooks', hook)).body;
    await owner.api.post('/candidates', candidate(7));
    await eventually(async () => expect((await owner.api.get(`/webhooks/${id}`)).body.failing_since).not.toBeNull());

    const page = await world.open(owner);
    const row = page.getByRole('table', { name: 'Webhooks' });
    await visit(page, `${origin}${WEBHOOKS}`);
    await row.getByText('failing', { exact: true }).waitFor();
    receiver.answer = () => ({ status: 204 });
    const [delivery] = (await owner.api.get(`/webhooks/${id}/deliveries`)).body.data;
    await owner.api.post(`/webhooks/${id}/deliveries/${delivery.id}/redeliver`, {});
    await eventually(async () => expect((await owner.api.get(`/webhooks/${id}`)).body.failing_since).toBeNull());
    await visit(page, `${origin}${WEBHOOKS}`);
    await row.getByText('enabled', { exact: true }).waitFor();
  });

  it('what failed is delivered once more, exactly what was counted: of this webhook, of the type in the filter, and nothing else', async () => {
    const world = ofWorld();
    const { receiver } = world;
    const elsewhere = await world.operator.createAccount();
    const other = await joinAs(world.origin, world.operator, elsewhere, 'owner');
    const [mine, theirs] = [await failing(world, world.owner.api, 'mine'), await failing(world, other.api, 'theirs')];
    for (let n = 0; n < 3; n++) await mine.fail('/candidates', candidate(n));
    await mine.fail('/jobs', { title: 'Engineer' });
    await theirs.fail('/candidates', candidate(9));
    receiver.answer = () => ({ status: 204 });
    receiver.requests.length = 0;

    const page = await world.open(world.owner);
    await visit(page, `${world.origin}${WEBHOOKS}/${mine.id}?event_type=candidate.created`);
    await button(page, 'Redeliver what failed …').click();
    await page.getByText('3 deliveries have failed, and will be tried anew.', { exact: false }).waitFor();
    await button(page, 'Redeliver 3 deliveries').click();
    await page.getByText('3 of 3 deliveries made due', { exact: false }).waitFor();
    const succeeded = page.getByRole('table', { name: 'Deliveries' }).getByText('succeeded');
    await succeeded.nth(2).waitFor();

    const idsOf = async (api: PersonApi, id: string, status: string): Promise<string[]> =>
      (await api.get(`/webhooks/${id}/deliveries?status=${status}`)).body.data
        .map(({ event_id }: { event_id: string }) => event_id)
        .toSorted();
    const received = receiver.requests.map(({ headers }) => String(headers['webhook-id'])).toSorted();
    expect(received).toEqual(await idsOf(world.owner.api, mine.id, 'succeeded'));
    expect(received).toHaveLength(3);
    await expect(idsOf(world.owner.api, mine.id, 'failed')).resolves.toHaveLength(1);
    await expect(idsOf(other.api, theirs.id, 'failed')).resolves.toHaveLength(1);
  });

  it('an event of 20,000 characters is shown as text, cut until somebody wants all of it', async () => {
    const world = ofWorld();
    const summary = `<img src=x onerror="globalThis.wasRun = 1">${'é'.repeat(19_900)}`;
    const hook = { url: `${world.receiver.url}/long`, events: ['candidate.created'] };
    const { id } = (await world.owner.api.post('/webhooks', hook)).body;
    await world.owner.api.post('/candidates', { ...candidate(20), summary });
    const page = await world.open(world.owner);
    await visit(page, `${world.origin}${WEBHOOKS}/${id}`);
    await page.getByRole('link', { name: 'candidate.created' }).click();
    const sent = page.getByLabel('What was sent').last();
    await sent.getByText('<img src=x onerror', { exact: false }).waitFor();
    expect((await sent.textContent())!.length).toBeLessThan(5_000);
    await sent.getByRole('button', { name: /^show all/ }).click();
    await sent.getByText('é'.repeat(19_900), { exact: false }).waitFor();
    expect(await page.locator('img[src=x]').count()).toBe(0);
    expect(await page.evaluate('globalThis.wasRun')).toBeUndefined();
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await world.owner.api.delete(`/webhooks/${id}`);
  });
}

const candidate = (n: number) => ({ first_name: 'Jane', last_name: `Smith ${n}`, email: `jane.${n}@failing.example` });

/** A webhook whose receiver wants nothing, so that what is sent to it has failed for good at once. */
async function failing(
  { receiver }: DashboardWorld,
  api: PersonApi,
  name: string,
): Promise<{ id: string; fail(path: string, body: object): Promise<void> }> {
  receiver.answer = ({ path }) => ({ status: path.startsWith('/failing') ? 410 : 204 });
  const hook = { url: `${receiver.url}/failing-${name}`, events: ['candidate.created', 'job.created'] };
  const { id } = (await api.post('/webhooks', hook)).body;
  let failed = 0;
  return {
    id,
    fail: async (path, body) => {
      const made = await api.post(path, body);
      if (made.status !== 201) throw new Error(JSON.stringify(made.body));
      failed++;
      await eventually(async () => {
        expect((await api.get(`/webhooks/${id}/deliveries?status=failed`)).body.meta.total).toBe(failed);
        expect((await api.get(`/webhooks/${id}`)).body.status).toBe('disabled');
      });
      await api.patch(`/webhooks/${id}`, { status: 'enabled' });
    },
  };
}
