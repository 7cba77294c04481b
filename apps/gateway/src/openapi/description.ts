import { SCOPES } from '@nexivo/contracts/accounts';
import { MAX_PAGED_ROWS } from '@nexivo/contracts/pagination';
import { errorTable } from './problems.js';

/** The introduction, in Markdown. */
export const introduction = (): string => `
Candidates, jobs, and the submissions that bring them together.

# Authentication
Send an API token with every request:

    Authorization: Bearer nxv_live_…

Each token carries scopes, and each operation names the one it needs: ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}.
\`write\` does not imply \`read\`. The API is available on the Professional and Enterprise plans.

# Requests
JSON in UTF-8, at most 1 MiB, sent as \`Content-Type: application/json\`. Text is trimmed and NFC-normalised.
Times are RFC 3339 with any offset, and UTC with milliseconds in answers; in a query string write the \`+\` of an
offset as \`%2B\`. A field, parameter or value that the API does not know is refused with 400, never ignored.

# Pagination
Lists take \`page\` and \`per_page\` and answer \`data\`, \`meta\` and \`links\`; the same links are in the \`Link\` header.
Follow \`links.next\` until it is \`null\`. Page numbers reach the first ${MAX_PAGED_ROWS.toLocaleString('en')} rows: beyond
them narrow the list, for example with \`created_before\`.

# Partial updates
PATCH takes a JSON merge patch (RFC 7396), as \`application/merge-patch+json\` or \`application/json\`: only the members
sent change, and \`null\` clears an optional one. A patch that changes nothing leaves \`updated_at\` alone.

# Request ids
Every response carries \`X-Request-Id\`: yours, if you sent one of at most 128 visible ASCII characters, or else a new
UUID. Quote it when you ask for help.

# Errors
Every error is \`application/problem+json\` (RFC 9457). \`code\` is stable, \`detail\` is for people, and every 400 lists what
is wrong in \`errors\`.

${errorTable()}
`;
