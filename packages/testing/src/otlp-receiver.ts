import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const value = z
  .object({ stringValue: z.string() })
  .or(z.object({ intValue: z.coerce.number() }))
  .or(z.object({ boolValue: z.boolean() }));
const attributes = z.array(z.object({ key: z.string(), value }));
/** As much of an `ExportTraceServiceRequest` as is looked at (OTLP 1.x, JSON). */
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.int(),
              attributes: attributes.optional(),
              status: z.object({ code: z.int().optional() }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** A span that a process has exported. */
export interface ExportedSpan {
  /** The `service.name` of the process. */
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly isError: boolean;
}

/** A collector that takes traces by OTLP over HTTP, and keeps them. */
export interface OtlpReceiver {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` is to be. */
  readonly endpoint: string;
  readonly spans: ExportedSpan[];
  /** Of each request. */
  readonly headers: NodeJS.Dict<string | string[]>[];
  stop(): Promise<void>;
}

/** OTLP's numbers of the kinds. */
const KINDS = [undefined, 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const ERROR = 2;

/** Starts an {@link OtlpReceiver}; the caller must `stop` it. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ExportedSpan[] = [];
  const headers: OtlpReceiver['headers'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      headers.push(request.headers);
      const isTraces = request.method === 'POST' && request.url === '/v1/traces';
      if (isTraces) spans.push(...spansOf(Buffer.concat(chunks).toString()));
      response.writeHead(isTraces ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const spansOf = (json: string): ExportedSpan[] =>
  exported.parse(JSON.parse(json)).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ parentSpanId, kind, status, attributes: given = [], ...span }) => ({
        ...span,
        service,
        parentSpanId: parentSpanId || undefined,
        kind: KINDS[kind]!,
        attributes: valuesOf(given),
        isError: status?.code === ERROR,
      })),
    );
  });

const valuesOf = (given: z.output<typeof attributes>): Record<string, string | number | boolean> =>
  Object.fromEntries(given.map(({ key, value: of }) => [key, Object.values(of)[0]!]));
