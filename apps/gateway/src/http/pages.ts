import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import staticFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { pathOf } from '../auth/outside.js';

/** Where the dashboard begins. What is behind each of them its own router knows. */
export const PAGES = ['/', '/sign-in', '/join', '/reset', '/pricing', '/profile', '/account', '/account/*'];
const NONCE = /__NONCE__/g;
const ASSETS_MAX_AGE_S = 31_536_000;

/** Where `npm run build` puts the dashboard. */
const builtDashboard = (): string =>
  join(dirname(createRequire(import.meta.url).resolve('@nexivo/dashboard/package.json')), 'dist');

/**
 * Serves the dashboard: one page for all its paths, and its assets, which are named by their content.
 *
 * @param publicUrl what clients see in front of our paths; a path in it is put in front of what the page refers to
 * @param directory where it has been built; nothing is served where it has not
 */
export async function servePages(
  fastify: FastifyInstance,
  logger: Logger,
  publicUrl: string | undefined,
  directory = builtDashboard(),
): Promise<void> {
  const file = join(directory, 'index.html');
  if (!existsSync(file)) {
    logger.warn({ file }, 'the dashboard is not built, and not served');
    return;
  }
  const page = pageBelow(pathOf(publicUrl), readFileSync(file, 'utf8'));
  await fastify.register(async (scope: FastifyInstance) => {
    scope.addHook('onSend', (_request, reply, payload, done) => {
      // What other origins may read of the API they may not read of its pages.
      for (const name of ['access-control-allow-origin', 'access-control-expose-headers']) reply.removeHeader(name);
      void reply.header('cross-origin-resource-policy', 'same-origin');
      done(null, payload);
    });
    for (const url of PAGES) scope.get(url, (_request, reply) => sendPage(reply, page));
    await scope.register(staticFiles, {
      root: join(directory, 'assets'),
      prefix: '/assets/',
      // A route for each file that is there: every other path is nothing of ours, whatever it climbs out of.
      wildcard: false,
      globIgnore: ['**/*.{br,gz}'],
      preCompressed: true,
      immutable: true,
      maxAge: ASSETS_MAX_AGE_S * 1000,
    });
  });
}

/** What the page loads by itself, and what it tells its scripts. */
const pageBelow = (path: string, page: string): string =>
  page.replace(' data-path=""', ` data-path="${path}"`).replaceAll('"/assets/', `"${path}/assets/`);

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policyWith(nonce) })
    .send(page.replaceAll(NONCE, nonce));
}

/** The page's own scripts and styles, this API, and nothing else. */
const policyWith = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
