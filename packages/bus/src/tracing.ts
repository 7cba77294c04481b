import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { type ErrorCode, errorCatalogue } from '@nexivo/contracts/errors';

/** What a span says of work: for whom it is done, or whom it asks (OpenTelemetry, `SpanKind`). */
const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

/** What a span says of its work when that begins. Nothing that a customer sent or keeps. */
export interface SpanStart {
  readonly kind: keyof typeof KINDS;
  /** One of few: templates, subjects, types. */
  readonly name: string;
  readonly attributes: Attributes;
}

let tracer: Tracer | undefined;
let recordsNext = (): boolean => false;

/**
 * Has spans made by a tracer from now on. Without one there are none, and each place that would make one costs a comparison.
 *
 * @param decide whether the next trace that begins here is recorded
 */
export const traceWith = (made: Tracer | undefined, decide = (): boolean => false): void => {
  tracer = made;
  recordsNext = decide;
};

/** A span that is recorded and has not ended. */
export class OpenSpan {
  constructor(private readonly span: Span) {}

  /** The trace context of what this work causes. */
  get traceparent(): string {
    return format(this.span.spanContext());
  }

  /** @param error why it failed, as a code or the name of a class; never what an error says */
  end(attributes: Attributes = {}, error?: string): void {
    this.span.setAttributes(attributes);
    if (error !== undefined) {
      this.span.setAttribute('error.type', error);
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

/** What a request has of a trace. */
export interface RequestTrace {
  /** The trace context of what it causes. */
  readonly traceparent?: string;
  /** Its own span, if the trace is recorded. */
  readonly span?: OpenSpan;
}

/**
 * Begins the part that a request from outside has of a trace. Whether a trace is recorded is decided by whoever began it. One that would begin
 * here and is not recorded does not begin: there is nothing to go on with.
 *
 * @param given what came with it as its trace context; what is none does not count
 */
export function traceRequest(start: SpanStart, given: string | undefined): RequestTrace {
  const parent = parse(given);
  if (parent && !(tracer && isSampled(parent))) return { traceparent: given! };
  if (!tracer || !(parent || recordsNext())) return {};
  const span = new OpenSpan(begin(tracer, start, parent));
  return { traceparent: span.traceparent, span };
}

/**
 * Begins a span of a trace.
 *
 * @param parent the trace context of what causes the work
 * @returns nothing where the trace is not recorded
 */
export function startSpan(start: SpanStart, parent: string | null | undefined): OpenSpan | undefined {
  if (!isTraced(parent)) return undefined;
  const context = parse(parent);
  return context && new OpenSpan(begin(tracer!, start, context));
}

/** Whether work that has this trace context is recorded. For whoever would have to find out what to say of it. */
export const isTraced = (traceparent: string | null | undefined): traceparent is string =>
  tracer !== undefined && typeof traceparent === 'string' && SAMPLED.test(traceparent);

/** What a span says of why a command failed; nothing for a refusal, which is an answer and no fault. */
export function faultOf(outcome: string): string | undefined {
  const isFault = outcome in errorCatalogue && errorCatalogue[outcome as ErrorCode].status >= 500;
  return isFault ? outcome : undefined;
}

/** W3C Trace Context. Neither version `ff` nor an id of zeros alone is one. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})$/;
/** By the last bit of the flags, that is of the text. */
const SAMPLED = /[13579bdf]$/;

function parse(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

const format = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${isSampled({ traceFlags }) ? '01' : '00'}`;

const isSampled = ({ traceFlags }: Pick<SpanContext, 'traceFlags'>): boolean => (traceFlags & TraceFlags.SAMPLED) !== 0;

const begin = (by: Tracer, { kind, name, attributes }: SpanStart, parent: SpanContext | undefined): Span =>
  by.startSpan(
    name,
    { kind: KINDS[kind], attributes },
    parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
  );
