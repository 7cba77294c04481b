/** What one connection, and all together, may take of the gateway's HTTP server. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  /** From the first byte of a request to the end of its head. */
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestTimeoutMs: number;
  /** Between two requests. */
  readonly keepAliveTimeoutMs: number;
  /** From the moment in which an answer is ready until the client has taken it. */
  readonly writeTimeoutMs: number;
  /** Of all answers together that their clients have not taken; beyond it the oldest are given up. */
  readonly unreadBytes: number;
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** Bytes of bodies that have not come to their end, of one account (or address, where there is none) and of all together. */
  readonly unfinishedBodies: { readonly perSender: number; readonly total: number };
}
