/** What is left of a quota of the account. */
export interface Quota {
  limit: number;
  remaining: number;
  /** Seconds until there is room again, or the oldest use no longer counts. */
  resetS: number;
}

/** What the API answered, and what came with it. */
export interface Answer<Data> {
  data: Data;
  status: number;
  headers: Headers;
  /** Names the request in the API's log. */
  requestId: string | undefined;
  /** The version of the resource, for `ifMatch`. */
  etag: string | undefined;
  /** Whether this is the answer to an earlier request with the same idempotency key. */
  isReplayed: boolean;
  /** Of the account: in any 60 seconds, and today (UTC). */
  quota: { minute?: Quota; day?: Quota };
}

/** A promise of what the API answers. */
export interface Call<Data> extends Promise<Data> {
  /** The same with status, headers, `etag`, quota and request id. */
  withResponse(): Promise<Answer<Data>>;
}

export function toCall<Data>(answer: Promise<Answer<Data>>): Call<Data> {
  const data = answer.then((each) => each.data);
  const withResponse = (): Promise<Answer<Data>> => {
    // Whoever takes the answer is told of its failure there.
    data.catch(() => undefined);
    return answer;
  };
  return Object.assign(data, { withResponse });
}

export function toAnswer<Data>({ status, headers }: Response, data: Data): Answer<Data> {
  return {
    data,
    status,
    headers,
    requestId: headers.get('x-request-id') ?? undefined,
    etag: headers.get('etag') ?? undefined,
    isReplayed: headers.get('idempotency-replayed') === 'true',
    quota: quotaOf(headers.get('ratelimit-policy') ?? '', headers.get('ratelimit') ?? ''),
  };
}

/** Of `"minute";q=60;w=60` and `"minute";r=59;t=60`, several of them separated by commas. */
function quotaOf(policy: string, state: string): Answer<unknown>['quota'] {
  const limits = new Map([...policy.matchAll(/"(\w+)";q=(\d+)/g)].map(([, name, limit]) => [name, Number(limit)]));
  const quotas = [...state.matchAll(/"(\w+)";r=(\d+);t=(\d+)/g)].map(([, name, remaining, resetS]) => [
    name,
    { limit: limits.get(name), remaining: Number(remaining), resetS: Number(resetS) },
  ]);
  return Object.fromEntries(quotas);
}
