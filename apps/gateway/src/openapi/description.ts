import { PLAN_QUOTAS, type Plan, PLANS, SESSION_SCOPES, TOKEN_SCOPES } from '@nexivo/contracts/accounts';
import { EVENT_RETENTION_DAYS } from '@nexivo/contracts/events';
import { MAX_COUNTED_ROWS, MAX_PAGED_ROWS, MAX_RANKED_ROWS } from '@nexivo/contracts/pagination';
import { SECRET_OVERLAP_HOURS } from '@nexivo/contracts/webhooks';
import { ERROR_PAGES } from '@nexivo/contracts/errors';

const planRow = (plan: Plan): string => {
  const quotas = PLAN_QUOTAS[plan];
  const cells = quotas
    ? [quotas.perMinute, quotas.perDay].map((each) => each.toLocaleString('en'))
    : ['no API access', ''];
  return `| ${plan} | ${cells.join(' | ')} |`;
};

/** The introduction, in Markdown. Generators write it into every client: what concerns one tag is told there. */
export const introduction = (): string => `
Candidates, jobs, and the submissions that bring them together. How requests are made, read in pages, retried and guarded is told
under the tag Reference, how webhooks work under the tag Webhooks.

# Authentication
Send an API token with every request:

    Authorization: Bearer nxv_live_…

Each token carries scopes, and each operation names the one it needs: ${TOKEN_SCOPES.map((scope) => `\`${scope}\``).join(', ')}.
\`write\` does not imply \`read\`. Events carry what happened to candidates, jobs and submissions: to read them, and to have them sent to
a webhook, takes the scope that reads those (such as \`candidates:read\`) beside \`webhooks:read\` or \`webhooks:write\`.
The API is available on the Professional and Enterprise plans.

A personal token may do what its scopes and the role of its owner both allow, and ends when he leaves the account. A service
token belongs to the account alone. Who has \`webhooks:read\` reads all that happens to candidates, jobs and submissions through
\`GET /events\`.

What changes the account, its people or its tokens needs a person who is signed in, and no token: ${SESSION_SCOPES.map((scope) => `\`${scope}\``).join(', ')}.

An address that sends many unknown tokens in a minute gets 429 for unknown tokens for the rest of it; a valid one is let in.

# Rate limits
Quotas count for the account, all its tokens together. A request is admitted if both have room, and uses both; one that is
refused with 429 uses neither and says in \`Retry-After\` when to come back. Every answer to an authenticated request says what is
left, in \`X-RateLimit-*\` for the quota nearer its end, and in \`RateLimit\` for both. \`GET /me\` is free, and so are replays.

| plan | requests in any 60 seconds | requests a UTC day |
| --- | --- | --- |
${PLANS.map(planRow).join('\n')}
`;

/** What holds for all requests and answers: the description of the tag Reference. */
export const conventions = (): string => `
# Requests
JSON in UTF-8, at most 1 MiB, sent as \`Content-Type: application/json\`, as it is or with \`Content-Encoding: gzip\`. Answers from
1 kB on are compressed where \`Accept-Encoding\` asks for gzip or br. A body where none is read is refused unless it says nothing.

Text is trimmed and NFC-normalised; but for \`summary\`, \`description\` and \`notes\` it has one line, in which runs of white space become one blank. URLs are kept as a
URL parser writes them. Times are RFC 3339 with any offset, and UTC with milliseconds in answers; in a query string write the
\`+\` of an offset as \`%2B\`. A field, parameter or value that the API does not know is refused with 400, never ignored. A list of values
is \`a,b\`, or the parameter several times; a value with a comma in it stands in double quotes.

# Search
\`q\` takes words, all of which are required; a comma is a blank. \`AND\`, \`OR\`, \`NOT\`, \`-word\`; \`"an exact phrase"\`; parentheses;
\`word*\` for a beginning; a field before a word, a phrase or a group, also as the resource calls it: \`title:(engineer OR developer)\`.
NOT binds tightest, then AND, then OR. \`and\` and \`or\` are operators in any case, and so is \`&\`; \`not\` has to be in capitals;
as words they need quotes. Case and accents do not matter, and \`ae\` is found as \`ä\`. What is an operator in other systems (\`+word\`,
\`~\`, \`?\`, \`^\`, \`[a TO b]\`, NEAR, …) is refused unless it stands in quotes.

\`phone:"…"\` compares the last digits in any grouping, at least 5; \`link:\` and \`external_id:\` compare whole values; without a field
these are found as well. A query that only excludes needs a filter beside it. At most 1,000 characters and 64 terms, of them 8 with
\`*\`, each with two letters or digits right before it. Every word of a row is found, a phrase within its first 16,383 words and the
first 256 uses of each word of the phrase. What cannot be understood is a 400 with the \`offset\` of the fault. A row is found as soon as its write
has been answered.

What somebody is typing, for drop-downs: \`GET /candidates?name=\` and \`GET /jobs?title=\` take all words as beginnings, in any order, without case and accents.
Without \`q\`, \`sort\` and \`cursor\` those that begin with it come first.

# Clients
Any HTTP client will do. What some do by themselves needs a word:

| client | write |
| --- | --- |
| HTTParty (Ruby) | \`format: :json\`: problems stay text otherwise |
| Faraday (Ruby) | \`request.options.params_encoder = Faraday::FlatParamsEncoder\` for lists of values |
| axios | \`paramsSerializer: { indexes: null }\` for lists of values |
| got | \`throwHttpErrors: false, responseType: 'json'\` to see \`detail\` |
| PHP | \`implode(',', $values)\`, as \`http_build_query\` writes \`x[0]=\`; Guzzle: \`'http_errors' => false\` |
| requests, httpx (Python) | \`response.json()['detail']\` before \`raise_for_status()\` |
| curl | \`--fail-with-body\`; \`-G --data-urlencode\` for values with \`+\`, \`&\` or blanks |
| PowerShell | \`-SkipHttpErrorCheck\` |

# Pagination
Lists take \`page\` and \`per_page\` and answer \`data\`, \`meta\` and \`links\`; the same links are in the \`Link\` header. What
is equal by \`sort\` is in the order of ids.
Follow \`links.next\` until it is \`null\`. Page numbers reach the first ${MAX_PAGED_ROWS.toLocaleString('en')} rows; \`links.next\` of
the last such page goes on by cursor.

To read a whole list, begin with an empty \`cursor\`, \`?cursor=&per_page=100\`, and follow \`links.next\`, or send \`meta.next_cursor\` as the
next one, until it is \`null\`. Every page costs the same, and what exists throughout is shown exactly once, whatever is written meanwhile. A cursor carries the sort and the
filters of its list, belongs to your account, and is made to be sent again, not to be read.

\`total\` is exact for a whole list and for one narrowed by \`status\` or \`stage\` alone. Otherwise counting stops at
${MAX_COUNTED_ROWS.toLocaleString('en')}, and \`total_is_exact\` is \`false\` beyond: there are at least so many.

Of searches and filtered lists an account has a few at once, the others wait for their turn; one that is too many, or waits for two
seconds, is a 503 with \`Retry-After\`. One that takes too long is a 504: narrow it. By \`-relevance\` the newest
${MAX_RANKED_ROWS.toLocaleString('en')} matches are sorted and listed; \`meta.rank_window_size\` says so where there may be more.

Page numbers promise no more than this page: a row that is written while you read on moves the others, so that one is shown twice
or not at all. In ascending order of a time, or narrowed by \`created_after\` or \`updated_after\`, \`links.next\` of a page by number goes
on by cursor by itself.

To keep a copy, read a list by cursor to its end, in any order, and remember \`meta.synced_until\`, the same on all its pages: next time
ask for \`updated_after\` it. You miss nothing: what is being written at that moment is left for the next time. Deleted candidates
are \`inactive\`, which \`status=any\` shows; jobs and submissions are all listed. Windows of time include their end and not their
beginning, and digits beyond milliseconds are cut: \`…_after=A&…_before=B\` and \`…_after=B&…_before=C\` neither overlap nor leave a gap.

\`updated_at\` of candidates, jobs and submissions goes on ascending when the server's clock is set back, by up to a day. After a longer
step, or after the operator has restored a backup, what you have seen may be newer than what is there: read everything anew.

# Partial updates
PATCH takes a JSON merge patch (RFC 7396), as \`application/merge-patch+json\` or \`application/json\`: only the members
sent change, and \`null\` clears an optional one. What was read may be sent back whole: members
that only the API sets are taken as they stand, and other values of them are \`read_only\`. A patch that changes nothing leaves \`updated_at\` alone.

# Retries
A POST or PATCH that got no answer may or may not have taken effect. Sent with an \`Idempotency-Key\` it can be sent
again: the write happens once, and for 24 hours every request with that key gets the first answer again, with the same
status, body and \`ETag\`, and with \`Idempotency-Replayed: true\`. Use a new random key, such as a UUID, for each write; a
key belongs to your account and to one kind of resource (for the account, its people and tokens also to who sent it).

- Only success is kept. After an error nothing has changed, and the request is carried out anew.
- The key with another path or another body is a 422.
- A replay gives back what it has used of the quotas: in any 60 seconds as many as the minute's quota allows are free, more count as any
  request. It needs room to be let in, and counts as admitted in \`GET /usage\`. So a batch that ran into its quota gets on when it is sent again.
- While the first request is still under way another one waits for it, for about a second, and is then refused with 409.
- GET, PUT and DELETE have the same effect however often they are sent; they ignore the header.
- What has an id of yours is best written by \`PUT /candidates/by_external_id/{external_id}\`, or jobs likewise: it creates or changes.
  A 409 about a duplicate names the resource that is there in \`errors[0].existing_id\`.

# Concurrent changes
A single resource, such as a candidate, is answered with an \`ETag\`, which changes whenever it does. Send it back as
\`If-Match\` with PUT, PATCH or DELETE, and the change is made only if nobody else has made one since; otherwise the answer is 412,
and its \`ETag\` is the current one. Send it as \`If-None-Match\` with GET, and the answer is 304 without a body for as long as
nothing has changed. A submission or a delivery with \`expand\` shows other resources too, and therefore has no \`ETag\`; nor have the
account, its people and its tokens, which show when they were used last.

A replay is found before \`If-Match\` is looked at. Lists have no \`ETag\` and ignore \`If-None-Match\`. Any other condition
that would not be evaluated (\`If-None-Match\` on a write, but for \`*\` with PUT, which only creates, \`If-Match\` on GET and POST, those on times and ranges) is refused with 400.

# Request ids
Every response carries \`X-Request-Id\`: yours, if you sent one of at most 128 visible ASCII characters, or else a new
UUID.

# Errors
Every error is \`application/problem+json\` (RFC 9457). \`code\` is stable, \`detail\` is for people, and every 400 lists what
is wrong in \`errors\`.
The \`type\` of a problem is the page about its \`code\`, \`${ERROR_PAGES}{code}\` of this server; \`/docs/errors\` lists them all.
`;

/** How webhooks work: the description of their tag. */
export const webhookGuide = (): string => `
URLs that are told of what happens, what was sent to them, and the events themselves.

Every change of a candidate, job or submission is an event. A webhook is a URL of yours that is told of those it has subscribed
to, at once and with a signature; \`GET /events\` reads the same events, for ${EVENT_RETENTION_DAYS} days.

1. \`POST /webhooks\` with a \`url\` and \`events\`, and keep the \`secret\` of the answer: it is not shown again.
2. Verify each request before you believe it: compute the HMAC-SHA256 of the raw body with the secret and compare it with
   \`X-NexivoHR-Signature\` in constant time, or hand headers and body to a library of [Standard
   Webhooks](https://www.standardwebhooks.com), which checks \`webhook-id\`, \`webhook-timestamp\` and \`webhook-signature\`.
3. Answer 2xx within 15 seconds, and do the work afterwards. Anything else, redirects included, is a failure.
4. \`POST /webhooks/{id}/test\` sends a test, or with a \`type\` the example of that type, marked by \`"test": true\`; its \`Location\`
   says what came of it.
5. \`GET /webhooks/{id}/health\` shows how it is doing.

- **Delivered at least once.** \`webhook-id\` is the id of the event, the same on every attempt, redelivery and replay: leave out
  what you have seen. Deliveries can arrive out of order; of two events of one object the one with the greater
  \`resource_version\` is the later.
- **Sent again.** A failed delivery is tried again 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours after the attempt
  before, give or take a fifth, and then given up. \`Retry-After\` is honoured up to a day.
  \`POST /webhooks/{id}/deliveries/{delivery_id}/redeliver\` begins anew,
  and \`POST /webhooks/{id}/redeliver_failed\` does so for all that were given up in a time.
- **Disabled by itself.** A webhook that answers 410, or has failed on five days without a success, is disabled, and
  \`disabled_reason\` says why. Another webhook can be told: \`webhook.failing\`, \`webhook.disabled\`. \`PATCH /webhooks/{id}\` enables it,
  and says how to make up for what it has missed.
- **Secrets** are replaced by \`POST /webhooks/{id}/rotate_secret\`; the old one signs beside the new one for ${SECRET_OVERLAP_HOURS} hours.
- **Unknown members** of an event may come at any time: ignore them.
`;
