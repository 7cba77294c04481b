import { createHash } from 'node:crypto';
import { ERROR_PAGES, errorCatalogue, type ErrorCode } from '@nexivo/contracts/errors';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { pathOf } from '../auth/outside.js';
import { problemExample } from './problems.js';

const INDEX = ERROR_PAGES.replace(/\/$/, '');
const MAX_AGE_S = 3_600;

/** Serves a page for each code of the catalogue, which the `type` of problems leads to, and one that lists them. */
export function serveErrorPages(fastify: FastifyInstance, publicUrl: string | undefined): void {
  const base = pathOf(publicUrl);
  const codes = Object.keys(errorCatalogue) as ErrorCode[];
  const serve = (path: string, html: string): void => void fastify.get(path, (_request, reply) => send(reply, html));
  for (const code of codes) serve(ERROR_PAGES + code, pageOf(code, base));
  serve(INDEX, indexOf(codes, base));
}

const send = (reply: FastifyReply, html: string): FastifyReply =>
  reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': `public, max-age=${MAX_AGE_S}`,
      'content-security-policy': POLICY,
    })
    .send(html);

function pageOf(code: ErrorCode, base: string): string {
  const { status, title, description } = errorCatalogue[code];
  const example = JSON.stringify(problemExample(code), null, 2);
  return layout(
    title,
    `<p><a href="${base}${INDEX}">All errors</a> · <a href="${base}/docs">Reference</a></p>
<h1>${escaped(title)}</h1>
<p class="facts"><b>${status}</b> <code>${code}</code></p>
<h2>What it means</h2>
<p>${inline(description)}</p>
<h2>May the request be sent again?</h2>
<p>${inline(againOf(code))}</p>
<h2>What it looks like</h2>
<pre tabindex="0" aria-label="Example">${escaped(example)}</pre>
<p>Programs go by <code>code</code>, which stays; <code>detail</code> and the messages in <code>errors</code> are for people and may change. Quote
<code>request_id</code> to whoever runs this server: it is in the logs.</p>`,
  );
}

function indexOf(codes: readonly ErrorCode[], base: string): string {
  const rows = codes
    .toSorted((a, b) => errorCatalogue[a].status - errorCatalogue[b].status)
    .map((code) => {
      const { status, description } = errorCatalogue[code];
      return `<tr><td>${status}</td><td><a href="${base}${ERROR_PAGES}${code}"><code>${code}</code></a></td><td>${inline(description)}</td></tr>`;
    });
  return layout(
    'Errors',
    `<p><a href="${base}/docs">Reference</a></p>
<h1>Errors</h1>
<table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`,
  );
}

/** Whether sending the same request again can help, by what HTTP says of the status and what this API adds. */
function againOf(code: ErrorCode): string {
  const { status } = errorCatalogue[code];
  if (status === 429 || code === 'idempotency_key_in_flight')
    return 'Yes, as it is, after the seconds that `Retry-After` says. Nothing was changed by it.';
  if (status === 503)
    return 'Yes, as it is, after the seconds that `Retry-After` says; a write with the `Idempotency-Key` that it had, for it may have taken effect.';
  if (status >= 500 && status !== 505)
    return 'A GET yes. A write may have taken effect: send it again with the `Idempotency-Key` that it had, or look first.';
  if (status === 408) return 'Yes, as it is, over a connection that is quick enough.';
  if (status === 412) return 'Read the resource again, and send the change with its new `ETag` in `If-Match`.';
  if (status === 401) return 'With a token that is valid; as it is, the answer stays the same.';
  return 'Not as it is: the answer would be the same until something has been changed.';
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);
/** Text with `code` in it. */
const inline = (text: string): string => escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

/** The colours and fonts of the dashboard (`apps/dashboard/src/shell/theme.ts`). */
const STYLE = `
:root { color-scheme: light dark; --text: #1d2330; --soft: #566070; --line: #e3e6ec; --ground: #fff; --raised: #f7f8fa; --accent: #4654c8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e6ec; --soft: #9aa3b2; --line: #2a2e37; --ground: #16181d; --raised: #1f2229; --accent: #9faaf0; }
}
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 1.5rem 0 .25rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .25rem; }
p { margin: .25rem 0 .75rem; }
a { color: var(--accent); }
.facts { color: var(--soft); }
code, pre { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); }
td:nth-child(2) { white-space: nowrap; }
@media (max-width: 40rem) {
  thead { display: none; }
  table, tbody, tr, td { display: block; }
  tr { padding: .6rem 0; border-bottom: 1px solid var(--line); }
  td { display: inline; padding: 0 .5rem 0 0; border: 0; }
  td:last-child { display: block; }
}
`;
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const layout = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – NexivoHR API</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
