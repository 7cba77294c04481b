import { createHash } from 'node:crypto';
import { RawBody } from '@nexivo/bus/raw-body';
import { openApiRoutes } from '@nexivo/contracts/openapi';
import type { ResponseOf } from '@nexivo/contracts/route';
import { originOf } from '../auth/outside.js';
import { type BoundRoute, handle } from '../http/bind.js';
import { buildDocument, serverAt } from './document.js';

type DocumentResponse = ResponseOf<typeof openApiRoutes.get>;

const MAX_AGE_S = 3_600;

/** Serves the API's description. The server's URL is absolute, so that it still says where the API lives once it is a file. */
export function documentRoute(publicUrl: string | undefined): BoundRoute {
  const { servers: _, ...document } = buildDocument();
  const text = JSON.stringify(document);
  const hash = createHash('sha256').update(text);
  return handle(openApiRoutes.get, async (_input, request, reply) => {
    const server = JSON.stringify(serverAt(originOf(request, publicUrl)));
    const etag = hash.copy().update(server).digest('base64url');
    void reply.headers({ etag: `"${etag}"`, 'cache-control': `public, max-age=${MAX_AGE_S}` });
    const body = new RawBody<DocumentResponse>(Buffer.from(`${text.slice(0, -1)},"servers":[${server}]}`));
    return { body, version: undefined, isReplay: false, isCreated: false };
  });
}
