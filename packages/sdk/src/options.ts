/** What every method takes beside what it asks for. */
export interface Options {
  /** Ends the call, all its tries and its waiting included, with the signal's own reason. */
  signal?: AbortSignal | undefined;
  /** Greatest time of one try, in milliseconds; the client's unless told. */
  timeoutMs?: number | undefined;
}

/** Of a write that is carried out once, however often it is sent. */
export interface WriteOptions extends Options {
  /** What tells this write from others, for 24 hours; a new random one unless told. Every try sends the same. */
  idempotencyKey?: string | undefined;
}

/** Of what is done only if nobody else has written since it was read. */
export interface GuardOptions extends Options {
  /**
   * The `etag` of what was read; if it is another by now, the call fails with a `PreconditionFailedError`. So may a PUT or DELETE that
   * took effect, and was sent again since its answer was lost: a PATCH is told what its first try did.
   */
  ifMatch?: string | undefined;
}

export interface ChangeOptions extends WriteOptions, GuardOptions {}

export interface PutOptions extends GuardOptions {
  /** `*`: only creates; fails with a `PreconditionFailedError` where there is one. */
  ifNoneMatch?: '*' | undefined;
}
