import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openApiRoutes } from '@nexivo/contracts/openapi';
import { BASE_PATH } from '@nexivo/contracts/route';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';

const PATH = '/docs';
const SCRIPT_MAX_AGE_S = 3_600;

/**
 * Serves the interactive reference at `/docs`, from this process alone: its script is in the npm package, and the
 * page's policy lets it talk to nobody but this API.
 */
export async function serveReference(app: NestFastifyApplication, publicUrl: string | undefined): Promise<void> {
  await app.register(async (scope: FastifyInstance) => {
    scope.addHook('onSend', (_request, reply, payload, done) => {
      if (isHtml(reply.getHeader('content-type'))) {
        void reply.header('content-security-policy', policyFor(String(payload), publicUrl));
      } else if (reply.statusCode === 200) {
        void reply.header('cache-control', `public, max-age=${SCRIPT_MAX_AGE_S}`);
      }
      done(null, payload);
    });
    await scope.register(scalar, {
      routePrefix: PATH,
      configuration: {
        url: BASE_PATH + openApiRoutes.get.path,
        pageTitle: 'NexivoHR API',
        authentication: { preferredSecurityScheme: 'bearerToken' },
        orderSchemaPropertiesBy: 'preserve',
        // The codes in the table of errors are read, searched for and copied whole.
        customCss: '.markdown th, .markdown td code { white-space: nowrap; word-break: normal; }',
        // Everything that would reach for the internet.
        withDefaultFonts: false,
        telemetry: false,
        agent: { disabled: true },
        mcp: { disabled: true },
        hideClientButton: true,
        showDeveloperTools: 'never',
      },
    });
  });
}

const isHtml = (contentType: unknown): boolean =>
  typeof contentType === 'string' && contentType.startsWith('text/html');

/** The strictest policy that the page works under: its own scripts by name or hash, and this API. */
function policyFor(html: string, publicUrl: string | undefined): string {
  const hashes = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, code]) => `'sha256-${createHash('sha256').update(code!).digest('base64')}'`,
  );
  const api = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  return Object.entries({
    'default-src': ["'none'"],
    'script-src': ["'self'", ...hashes],
    // The page's components bring their styles as elements and attributes.
    'style-src': ["'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'", 'data:'],
    'connect-src': ["'self'", ...api],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'self'"],
  })
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');
}
