import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { negotiate } from '@fastify/accept-negotiator';
import fastify, { type FastifyInstance } from 'fastify';
import { pathOf } from '../auth/outside.js';
import { documentWithSamples } from './code-samples.js';

const PATH = '/docs';
const DOCUMENT = `${PATH}/openapi.json`;
/** What Scalar serves below {@link PATH}. */
const PAGE = ['/', '/js/scalar.js'];
const SCRIPT_MAX_AGE_S = 3_600;

/**
 * Serves the interactive reference at `/docs`, from this process alone: its script is in the npm package, and the
 * page's policy lets it talk to nobody but this API.
 */
export async function serveReference(app: NestFastifyApplication, publicUrl: string | undefined): Promise<void> {
  const compressed = new Map<string, Promise<Buffer>>();
  await app.register(async (scope: FastifyInstance) => {
    scope.addHook('onSend', async (request, reply, payload) => {
      const location = reply.getHeader('location');
      if (typeof location === 'string') void reply.header('location', pathOf(publicUrl) + location);
      if (isHtml(reply.getHeader('content-type'))) {
        // What is sent is longer by then.
        void reply.removeHeader('content-length');
        void reply.header('content-security-policy', policyFor(String(payload), publicUrl));
        // For screen readers: the page does not say so itself.
        return String(payload).replace('<html>', '<html lang="en">');
      }
      if (reply.statusCode !== 200) return payload;
      const vary = [reply.getHeader('vary'), 'accept-encoding'].filter(Boolean).join(', ');
      void reply.headers({ 'cache-control': `public, max-age=${SCRIPT_MAX_AGE_S}`, vary });
      const coding = negotiate(request.headers['accept-encoding'] ?? '', ['br', 'gzip']);
      if (coding !== 'br' && coding !== 'gzip') return payload;
      void reply.header('content-encoding', coding).removeHeader('content-length');
      const key = `${coding} ${request.routeOptions.url}`;
      if (!compressed.has(key)) compressed.set(key, CODINGS[coding](payload as string | Buffer));
      return compressed.get(key);
    });
    const document = documentWithSamples(publicUrl);
    scope.get(DOCUMENT, async (_, reply) => reply.type('application/json').send(document));
    const page = once(() => openPage(publicUrl));
    for (const path of PAGE) {
      // What it says is the same for everybody; but without the slash at its end it leads to where that is, for its links are relative.
      const answer = once(async () => (await page()).inject(PATH + path));
      const answerWithoutSlash = once(async () => (await page()).inject(PATH));
      scope.get(PATH + path, async ({ url }, reply) => {
        const isBare = url.split('?', 1)[0] === PATH;
        const { statusCode, headers, rawPayload } = await (isBare ? answerWithoutSlash() : answer());
        if (headers.location) return reply.redirect(headers.location, statusCode);
        return reply
          .status(statusCode)
          .type(headers['content-type'] as string)
          .send(rawPayload);
      });
    }
  });
}

/** Scalar's page takes 20 MB, which only those gateways need of which somebody asks for it. */
async function openPage(publicUrl: string | undefined): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const page = fastify();
  await page.register(scalar, {
    routePrefix: PATH,
    configuration: {
      url: pathOf(publicUrl) + DOCUMENT,
      pageTitle: 'NexivoHR API',
      authentication: { preferredSecurityScheme: 'bearerToken' },
      orderSchemaPropertiesBy: 'preserve',
      customCss: LOOK,
      favicon: MARK,
      // Everything that would reach for the internet.
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
    },
  });
  return page;
}

/** Makes something when it is first asked for, and again if that has failed. */
function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}

/** How the script is compressed, once: it has 5 MB, and anybody may ask for it. */
const CODINGS = {
  br: (script: string | Buffer) =>
    promisify(brotliCompress)(script, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (script: string | Buffer) => promisify(gzip)(script),
};

/** The mark of the dashboard (`apps/dashboard/src/favicon.svg`). */
const MARK = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#4654c8"/><path d="M9.5 23V9.5L22.5 22.5V9" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/><circle cx="9.5" cy="9" r="2.6" fill="#fff"/><circle cx="22.5" cy="23" r="2.6" fill="#fff"/></svg>',
)}`;

/** The colours, fonts and corners of the dashboard (`apps/dashboard/src/shell/theme.ts`), and tables whose words stay whole. */
const LOOK = `
:root {
  --scalar-font: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --scalar-font-code: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  --scalar-radius: 4px;
  --scalar-radius-lg: 6px;
  --scalar-radius-xl: 8px;
}
.light-mode {
  --scalar-color-1: #1d2330;
  --scalar-color-2: #3c4452;
  --scalar-color-3: #566070;
  --scalar-color-accent: #4654c8;
  --scalar-color-red: #a3202a;
  --scalar-color-green: #0e6b3f;
  --scalar-color-blue: #1d5ba8;
  --scalar-color-yellow: #8a4b08;
  --scalar-color-orange: #8a4b08;
  --scalar-background-1: #fff;
  --scalar-background-2: #f7f8fa;
  --scalar-background-3: #eff1f5;
  --scalar-background-accent: #eef0fd;
  --scalar-border-color: #e3e6ec;
  --scalar-link-color: #4654c8;
  --scalar-button-1: #4654c8;
  --scalar-button-1-color: #fff;
  --scalar-button-1-hover: #3a47b0;
  --scalar-sidebar-background-1: #f7f8fa;
  --scalar-sidebar-item-hover-background: #eff1f5;
  --scalar-sidebar-item-active-background: #eef0fd;
  --scalar-sidebar-color-active: #3a47b0;
  --scalar-sidebar-border-color: #e3e6ec;
}
.dark-mode {
  --scalar-color-1: #e3e6ec;
  --scalar-color-2: #b8bfcc;
  --scalar-color-3: #9aa3b2;
  --scalar-color-accent: #9faaf0;
  --scalar-color-red: #ffa3a3;
  --scalar-color-green: #7ce3b1;
  --scalar-color-blue: #8fbcf5;
  --scalar-color-yellow: #f2c078;
  --scalar-color-orange: #f2c078;
  --scalar-background-1: #16181d;
  --scalar-background-2: #1f2229;
  --scalar-background-3: #2a2e37;
  --scalar-background-accent: #2a2e37;
  --scalar-border-color: #2a2e37;
  --scalar-link-color: #9faaf0;
  --scalar-button-1: #4654c8;
  --scalar-button-1-color: #fff;
  --scalar-button-1-hover: #5462d8;
  --scalar-sidebar-background-1: #111317;
  --scalar-sidebar-item-hover-background: #1f2229;
  --scalar-sidebar-item-active-background: #2a2e37;
  --scalar-sidebar-color-active: #bcc4f4;
  --scalar-sidebar-border-color: #2a2e37;
}
.markdown td:first-child, .markdown td code { white-space: nowrap; }
.markdown th, .markdown td, .markdown td * { word-break: normal; overflow-wrap: break-word; }
.markdown td code { overflow-wrap: normal; }
@media (max-width: 1000px) { .markdown table { display: block !important; max-width: 100%; overflow-x: auto !important; } }
`;

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
