import { openApiRoutes } from '@nexivo/contracts/openapi';
import type { ResponseOf } from '@nexivo/contracts/route';
import { originOf } from '../auth/outside.js';
import { type BoundRoute, handle } from '../http/bind.js';
import { buildDocument, serverAt } from './document.js';

type DocumentResponse = ResponseOf<typeof openApiRoutes.get>;

/** Serves the API's description. The server's URL is absolute, so that it still says where the API lives once it is a file. */
export function documentRoute(publicUrl: string | undefined): BoundRoute {
  const document = buildDocument();
  return handle(openApiRoutes.get, (_input, request) =>
    Promise.resolve({ ...document, servers: [serverAt(originOf(request, publicUrl))] } as object as DocumentResponse),
  );
}
