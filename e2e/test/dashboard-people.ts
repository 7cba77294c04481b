import { expect, it } from '@jest/globals';
import { eventually } from '@nexivo/testing/poll';
import { askDatabase } from '@nexivo/testing/sql';
import {
  button,
  choose,
  copyAndClose,
  heading,
  expectForgotten,
  remains,
  row,
  secretOn,
  visit,
} from './dashboard-page.js';
import { type DashboardWorld, TOKENS, WEBHOOKS } from './dashboard-world.js';

const PEOPLE = '/account/people';

/** How people come, forget their password, and go. */
export function describePeople(ofWorld: () => DashboardWorld): void {
  it('an invitation is a link that is shown once, lets one person in once, and ends', async () => {
    const world = ofWorld();
    const [page, guest] = [await world.open(world.owner), await world.open()];
    const invite = async (email: string): Promise<string> => {
      await visit(page, world.origin + PEOPLE);
      await button(page, 'Invite somebody').click();
      await page.getByLabel('E-mail', { exact: true }).fill(email);
      await page.getByRole('dialog').getByLabel('Role').selectOption('recruiter');
      await button(page, 'Make the link').click();
      const link = await secretOn(page);
      await copyAndClose(page);
      await expectForgotten(page, new URL(link).hash.slice(1));
      return link;
    };
    const link = await invite('rita@example.com');
    await guest.goto(link);
    await heading(guest, 'Join Test').waitFor();
    expect(guest.url()).toBe(`${world.origin}/join`);
    await guest.getByLabel('Your name').fill('<img src=x onerror=alert(1)>');
    await guest.getByLabel('New password').fill('dragondragon');
    await button(guest, 'Join').click();
    await guest.getByText('Must not be one of the commonest passwords', { exact: false }).waitFor();
    await guest.getByLabel('New password').fill('a long phrase of Rita');
    await button(guest, 'Join').click();
    await heading(guest, 'Hello, <img').waitFor();
    const kept = await remains(guest);
    for (const secret of [new URL(link).hash.slice(1), 'a long phrase of Rita']) expect(kept).not.toContain(secret);

    await guest.goto('about:blank');
    await guest.goto(link);
    await guest.getByRole('heading', { name: 'Link no longer valid' }).waitFor();
    const late = await invite('late@example.com');
    await askDatabase(
      world.stack.envOf('gateway')['DATABASE_URL']!,
      `update gateway.invitations set expires_at = now() where email = 'late@example.com'`,
    );
    await guest.goto('about:blank');
    await guest.goto(late);
    await guest.getByRole('heading', { name: 'Link no longer valid' }).waitFor();
    await row(page, /late@example.com/).waitFor();
    await page.reload();
    await row(page, /late@example.com/)
      .getByText('expired')
      .waitFor();
  });

  it('a link to a new password works once, and signs the person out everywhere else', async () => {
    const world = ofWorld();
    const member = await world.join('viewer');
    const [page, open, other] = [await world.open(world.owner), await world.open(member), await world.open()];
    await visit(open, `${world.origin}/`);
    await visit(page, world.origin + PEOPLE);
    await row(page, new RegExp(member.api.email)).getByRole('button').click();
    await choose(page, 'Link to a new password …').click();
    await button(page, 'Make the link').click();
    const link = await secretOn(page);
    await copyAndClose(page);
    await other.goto(link);
    await other.getByLabel('New password').fill('another long phrase');
    await button(other, 'Set the password').click();
    await heading(other, 'Hello, Olga').waitFor();
    await open.getByRole('link', { name: 'People', exact: true }).click();
    await heading(open, 'Sign in').waitFor();
    await open.goto(link);
    await open.getByRole('heading', { name: 'Link no longer valid' }).waitFor();
  });

  it('a colleague who is removed is out of an open tab within a second', async () => {
    const world = ofWorld();
    const member = await world.join('developer');
    const [page, open] = [await world.open(world.owner), await world.open(member)];
    await visit(open, world.origin + TOKENS);
    await visit(page, world.origin + PEOPLE);
    await row(page, new RegExp(member.api.email)).getByRole('button').click();
    await choose(page, 'Remove …').click();
    await button(page, 'Remove').click();
    await row(page, new RegExp(member.api.email)).waitFor({ state: 'detached' });
    // The tab has the same session.
    await eventually(async () => expect((await member.api.get('/me')).status).toBe(401), { withinMs: 1_000 });
    await open.getByRole('link', { name: 'People', exact: true }).click();
    await heading(open, 'Sign in').waitFor();
  });

  it.each([
    ['viewer', WEBHOOKS, 'Register webhook', '/webhooks', { url: 'https://example.com', events: ['*'] }],
    ['recruiter', WEBHOOKS, 'Register webhook', '/webhooks', { url: 'https://example.com', events: ['*'] }],
    ['developer', PEOPLE, 'Invite somebody', '/invitations', { email: 'eve@example.com', role: 'viewer' }],
  ] as const)('as %s has no button on %s to “%s”, and the API refuses', async (role, path, name, route, body) => {
    const world = ofWorld();
    const member = await world.join(role);
    const page = await world.open(member);
    await visit(page, world.origin + path);
    if (path === WEBHOOKS) {
      await page.getByText('webhooks:read', { exact: false }).waitFor();
      await page.getByText(world.owner.api.email, { exact: false }).waitFor();
    }
    expect(await button(page, name).count()).toBe(0);
    expect(await member.api.post(route, body)).toMatchObject({ status: 403 });
  });

  it('an admin acts on no owner: there is no menu, and the API refuses', async () => {
    const world = ofWorld();
    const admin = await world.join('admin');
    const page = await world.open(admin);
    await visit(page, `${world.origin}${PEOPLE}?q=${world.owner.api.email}`);
    await row(page, new RegExp(world.owner.api.email)).waitFor();
    expect(await row(page, new RegExp(world.owner.api.email)).getByRole('button').count()).toBe(0);
    expect(await admin.api.delete(`/users/${world.owner.id}`)).toMatchObject({ status: 403 });
  });
}
