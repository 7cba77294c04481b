import { expect, it } from '@jest/globals';
import type { DashboardWorld } from './dashboard-world.js';

/** Headers, assets, and what the first page costs. */
export function describeServing(ofWorld: () => DashboardWorld): void {
  it('each with a nonce of its own, for nobody else to read, and never kept', async () => {
    const { origin } = ofWorld();
    const [first, second] = await Promise.all([fetch(`${origin}/`), fetch(`${origin}/account/usage`)]);
    const policies = [first, second].map(({ headers }) => headers.get('content-security-policy'));
    expect(policies[0]).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[^']{24}'; /);
    expect(policies[0]).not.toBe(policies[1]);
    for (const { headers } of [first, second]) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(await first.text()).toContain(/'(nonce-[^']+)'/.exec(policies[0]!)![1]!.slice('nonce-'.length));
  });

  it('assets for good and compressed; what is none of them is nothing', async () => {
    const { origin } = ofWorld();
    const html = await (await fetch(`${origin}/`)).text();
    const [script] = /\/assets\/[^"]+\.js/.exec(html)!;
    const { headers } = await fetch(origin + script, { headers: { 'accept-encoding': 'br' } });
    expect(headers.get('cache-control')).toContain('immutable');
    expect(headers.get('content-encoding')).toBe('br');
    for (const path of [
      '/assets/none.js',
      '/assets/',
      '/assets/%2e%2e/package.json',
      '/assets/..%2f..%2fpackage.json',
      '/accounts',
    ]) {
      const answer = await fetch(origin + path);
      expect({ path, ...((await answer.json()) as object) }).toMatchObject({ path, status: 404 });
    }
  });

  it('the sign-in page, seen for the first time, takes at most 250 kB and 15 requests', async () => {
    const world = ofWorld();
    const page = await world.open();
    const session = await page.context().newCDPSession(page);
    let bytes = 0;
    let requests = 0;
    await session.send('Network.enable');
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
      requests += 1;
    });
    await page.goto(`${world.origin}/sign-in`, { waitUntil: 'networkidle' });
    expect(requests).toBeGreaterThan(2);
    expect(requests).toBeLessThanOrEqual(15);
    expect(bytes).toBeLessThanOrEqual(250_000);
  });
}
