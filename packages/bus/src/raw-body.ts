/** A JSON body as it came from the bus: handed on as bytes, and parsed by whoever has to look into it. */
export class RawBody<Body = unknown> {
  constructor(readonly bytes: Uint8Array) {}

  parse(): Body {
    return JSON.parse(Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength).toString()) as Body;
  }
}
