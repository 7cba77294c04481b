import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { decodeBody } from '../src/http/content-coding.js';

const MAX = 1_000;
const plain = Buffer.from('{"a":1}');

describe('a body', () => {
  it.each([undefined, 'identity', 'Identity'])('with the coding %s is what it is', async (coding) => {
    expect(await decodeBody(plain, coding, MAX)).toBe(plain);
  });

  it.each(['gzip', 'x-gzip', 'GZip'])('with the coding %s becomes what was compressed', async (coding) => {
    expect(await decodeBody(gzipSync(plain), coding, MAX)).toEqual(plain);
  });

  it('that is empty has nothing to decode, whatever its coding', async () => {
    expect(await decodeBody(Buffer.alloc(0), 'br', MAX)).toHaveLength(0);
  });

  it.each(['br', 'deflate', 'zstd', 'gzip, gzip', 'gzip,br', ''])('with the coding %j is refused', async (coding) => {
    await expect(decodeBody(gzipSync(plain), coding, MAX)).rejects.toMatchObject({ code: 'unsupported_media_type' });
  });

  it.each([plain, gzipSync(plain).subarray(0, 10), Buffer.from([0x1f, 0x8b])])(
    'that is no gzip is refused: %j',
    async (body) => {
      await expect(decodeBody(body, 'gzip', MAX)).rejects.toMatchObject({
        code: 'malformed_request',
        errors: [{ field: 'content-encoding' }],
      });
    },
  );

  it('may become as large as another may be, and no larger', async () => {
    expect(await decodeBody(gzipSync(Buffer.alloc(MAX)), 'gzip', MAX)).toHaveLength(MAX);
    for (const size of [MAX + 1, 100 * MAX, 10_000_000])
      await expect(decodeBody(gzipSync(Buffer.alloc(size)), 'gzip', MAX)).rejects.toMatchObject({
        code: 'payload_too_large',
      });
  });
});
