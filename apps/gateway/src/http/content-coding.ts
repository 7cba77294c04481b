import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DomainError } from '@nexivo/bus/domain-error';
import { malformed } from './problem.js';

const gunzipped = promisify(gunzip);

/**
 * Undoes the `Content-Encoding` of a body.
 *
 * @param maxBytes of what it becomes, however small it was on its way
 * @throws DomainError `unsupported_media_type` for another coding than gzip, `malformed_request`, `payload_too_large`
 */
export async function decodeBody(body: Buffer, coding: string | undefined, maxBytes: number): Promise<Buffer> {
  if (coding === undefined || body.length === 0 || /^identity$/i.test(coding)) return body;
  if (!/^(x-)?gzip$/i.test(coding))
    throw new DomainError('unsupported_media_type', {
      detail: 'The body has a Content-Encoding that is not read here; send it as it is, or as gzip.',
    });
  try {
    return await gunzipped(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw malformed('content-encoding', 'is gzip, but the body is not');
  }
}

/** What a body that is larger than it may be is refused with. */
export const tooLarge = (maxBytes: number): DomainError =>
  new DomainError('payload_too_large', { detail: `The body is larger than ${maxBytes} bytes.` });
