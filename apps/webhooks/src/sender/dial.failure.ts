import { errors } from 'undici';
import type { Failure } from './answer.js';
import { AnswerTooLarge } from './connector.js';
import { TargetNotAllowed } from './target-guard.js';

/** The time for a request is over. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  constructor(ms: number) {
    super(`no complete answer within ${ms / 1_000} s`);
  }
}

/** This machine has no file or buffer left for a connection, which says nothing of the server. */
export class OutOfResources extends Error {
  override readonly name = 'OutOfResources';
}

const OF_THIS_MACHINE = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** @returns the error as an {@link OutOfResources} if it is one */
export function asOutOfResources(error: unknown): OutOfResources | undefined {
  if (error instanceof AggregateError) return asOutOfResources(error.errors[0]);
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code !== undefined && OF_THIS_MACHINE.has(code) ? new OutOfResources(code, { cause: error }) : undefined;
}

/** By the error's code: of getaddrinfo and c-ares, of connect(2), of undici. */
const BY_CODE = new Map<string, Failure>([
  ...named(
    ['ENOTFOUND', 'ENODATA', 'EAI_NODATA', 'EAI_NONAME', 'EAI_FAIL', 'EAI_AGAIN', 'ESERVFAIL', 'ETIMEOUT', 'EREFUSED'],
    'dns_failed',
    'the host name could not be looked up',
  ),
  ...named(['ECONNREFUSED'], 'connection_refused', 'the server refused the connection'),
  ...named(
    ['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EACCES', 'EINVAL', 'EHOSTDOWN', 'ENETDOWN'],
    'connection_failed',
    'the server cannot be reached',
  ),
  ...named(
    ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED'],
    'connection_closed',
    'the server closed the connection before the answer was complete',
  ),
  ...named(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'], 'timeout', 'the server did not accept the connection in time'),
  ...named(
    ['UND_ERR_HEADERS_OVERFLOW', 'HPE_HEADER_OVERFLOW'],
    'response_headers_too_large',
    'the headers of the answer are too large',
  ),
  ...named(
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
    'malformed_response',
    'the answer is shorter or longer than it says',
  ),
  ...named(['EPROTO'], 'tls_failed', 'the server does not speak TLS, or no version that is accepted'),
]);

function named(codes: readonly string[], code: Failure['code'], detail: string): [string, Failure][] {
  return codes.map((each) => [each, { code, detail }]);
}

/** What is wrong with a certificate, by the names that OpenSSL and Node give it; of others the name has to do. */
const CERTIFICATE = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its authority is not trusted'],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'its issuer is not trusted, or the server does not send the certificates in between',
  ],
  ['UNABLE_TO_GET_ISSUER_CERT', 'its issuer is not trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its issuer is not trusted'],
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it is for another host name'],
]);
const OTHER_CERTIFICATE = /CERT|CRL|CHAIN|SIGNATURE|PURPOSE|^ERR_TLS_/;

/** Puts an error of a request into words that the webhook's owner may see. */
export function describeFailure(error: unknown): Failure {
  // One error for each address of the host.
  if (error instanceof AggregateError) return describeFailure(error.errors[0]);
  if (error instanceof TargetNotAllowed) return { code: 'target_not_allowed', detail: `the URL ${error.message}` };
  if (error instanceof DeadlinePassed) return { code: 'timeout', detail: error.message };
  if (error instanceof AnswerTooLarge) return { code: 'response_too_large', detail: error.message };
  const { code = '' } = error as NodeJS.ErrnoException;
  const known = BY_CODE.get(code);
  if (known) return known;
  if (error instanceof errors.HTTPParserError)
    return { code: 'malformed_response', detail: 'the answer is not HTTP/1.1' };
  if (code.startsWith('ERR_SSL_')) return { code: 'tls_failed', detail: 'the server does not speak TLS as it should' };
  const fault = CERTIFICATE.get(code) ?? (OTHER_CERTIFICATE.test(code) ? code : undefined);
  if (fault !== undefined) return { code: 'tls_failed', detail: `the certificate was not accepted: ${fault}` };
  return { code: 'request_failed', detail: 'the request could not be made' };
}
