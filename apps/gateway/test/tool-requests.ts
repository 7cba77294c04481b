/** A request as a tool sends it by default, and what it is answered. */
export interface ToolRequest {
  readonly tool: string;
  readonly what: string;
  /**
   * The bytes; lines of the head end by LF here. `<host>`, `<token>`, `<candidate>` (an id), `<resource>` (that candidate as it was
   * read), `<page>` (a list as it was read), `<webhook>` (an id) and `<length>` of the body stand for what there is.
   */
  readonly sent: string;
  readonly status: number;
  /** What a refusal names, and says first. */
  readonly refusal?: { readonly field: string; readonly detail: string };
}

const UNREAD = 'body is not read by this request: send none, and filters and options as query parameters.';

const N8N = `Accept: application/json,text/html,application/xhtml+xml,application/xml,text/*;q=0.9, image/*;q=0.8, */*;q=0.7
Authorization: Bearer <token>
User-Agent: n8n
Accept-Encoding: gzip, compress, deflate, br
Host: <host>
Connection: keep-alive`;

/** As 5.0.7 was seen to send. Its client neither asks for compressed answers nor says what it accepts. */
const NODE_RED = `user-agent: got (https://github.com/sindresorhus/got)
authorization: Bearer <token>
Host: <host>
Connection: keep-alive`;

const ZAPIER = `user-agent: Zapier
authorization: Bearer <token>
accept: */*
accept-encoding: gzip,deflate
Host: <host>
Connection: close`;

const ACTIVEPIECES = `Accept: application/json
Authorization: Bearer <token>
User-Agent: axios/1.13.1
Accept-Encoding: gzip, compress, deflate, br
Host: <host>
Connection: keep-alive`;

const PIPEDREAM = `Accept: application/json, text/plain, */*
Authorization: Bearer <token>
User-Agent: pipedream/1
Accept-Encoding: gzip, compress, deflate, br
Host: <host>
Connection: close`;

const POSTMAN = `Authorization: Bearer <token>
User-Agent: PostmanRuntime/7.49.1
Accept: */*
Cache-Control: no-cache
Postman-Token: 47e1298a-9045-4b16-9973-68c987628460
Host: <host>
Accept-Encoding: gzip, deflate, br
Connection: keep-alive`;

const BRUNO = `Accept: application/json, text/plain, */*
User-Agent: bruno-runtime/2.14.0
Authorization: Bearer <token>
request-start-time: 1764482400000
Accept-Encoding: gzip, compress, deflate, br
Host: <host>
Connection: keep-alive`;

/** After the sources and defaults of the tools and of their HTTP clients, as of November 2026; of them Node-RED was run for it. */
export const toolRequests: readonly ToolRequest[] = [
  {
    tool: 'n8n',
    what: 'reads a list',
    sent: `GET /ats/api/v1/candidates?per_page=50 HTTP/1.1\n${N8N}\n\n`,
    status: 200,
  },
  {
    tool: 'n8n',
    what: 'follows links.next, and adds its own parameters again',
    sent: `GET /ats/api/v1/candidates?per_page=1&sort=-created_at&page=2&per_page=1&sort=-created_at HTTP/1.1\n${N8N}\n\n`,
    status: 200,
  },
  {
    tool: 'n8n',
    what: 'writes a list of values as its client does',
    sent: `GET /ats/api/v1/candidates?status[]=active&status[]=inactive HTTP/1.1\n${N8N}\n\n`,
    status: 400,
    refusal: { field: 'status[]', detail: 'status[] must be written as status=a,b.' },
  },
  {
    tool: 'n8n',
    what: 'creates',
    sent: `POST /ats/api/v1/candidates HTTP/1.1\n${N8N}\nContent-Type: application/json\nContent-Length: <length>\n\n{"first_name":"Nadia","last_name":"Nathan"}`,
    status: 201,
  },
  {
    tool: 'n8n',
    what: 'posts without a body, as a form of nothing',
    sent: `POST /ats/api/v1/webhooks/<webhook>/rotate_secret HTTP/1.1\n${N8N}\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 0\n\n`,
    status: 200,
  },
  {
    tool: 'n8n',
    what: 'deletes',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${N8N}\n\n`,
    status: 200,
  },
  {
    tool: 'Node-RED',
    what: 'reads a list',
    sent: `GET /ats/api/v1/candidates HTTP/1.1\n${NODE_RED}\n\n`,
    status: 200,
  },
  {
    tool: 'Node-RED',
    what: 'deletes each of a list, which it sends',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${NODE_RED}\nContent-Type: application/json\nContent-Length: <length>\n\n<resource>`,
    status: 200,
  },
  {
    tool: 'Node-RED',
    what: 'deletes each of a list, with the headers of its answer',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${NODE_RED}\nvary: accept-encoding\ncache-control: no-store\nx-content-type-options: nosniff\nx-request-id: 019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e\nratelimit-remaining: 59\nlink: <https://api.example/ats/api/v1/candidates?page=1>; rel="first"\ndate: Mon, 23 Nov 2026 12:00:00 GMT\ncontent-type: application/json; charset=utf-8\nContent-Length: <length>\n\n<resource>`,
    status: 200,
  },
  {
    tool: 'Node-RED',
    what: 'deletes after it has been started by hand: it sends the time',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${NODE_RED}\nContent-Length: <length>\n\n1764482400000`,
    status: 200,
  },
  {
    tool: 'Node-RED',
    what: 'deletes each of a list, which it has as text',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${NODE_RED}\nContent-Length: <length>\n\n<resource>`,
    status: 200,
  },
  {
    tool: 'Node-RED',
    what: 'deletes one while it has a whole list, which it sends',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${NODE_RED}\nContent-Type: application/json\nContent-Length: <length>\n\n<page>`,
    status: 400,
    refusal: { field: 'body', detail: UNREAD },
  },
  {
    tool: 'Node-RED',
    what: 'deletes one while it has a whole list as text',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${NODE_RED}\nContent-Length: <length>\n\n<page>`,
    status: 400,
    refusal: { field: 'body', detail: UNREAD },
  },
  {
    tool: 'Node-RED',
    what: 'sends back what it has read',
    sent: `PATCH /ats/api/v1/candidates/<candidate> HTTP/1.1\n${NODE_RED}\nContent-Type: application/json\nContent-Length: <length>\n\n<resource>`,
    status: 200,
  },
  {
    tool: 'Node-RED',
    what: 'sends a body that is text',
    sent: `POST /ats/api/v1/candidates HTTP/1.1\n${NODE_RED}\nContent-Length: <length>\n\n{"first_name":"Rita","last_name":"Redding"}`,
    status: 415,
  },
  {
    tool: 'Node-RED',
    what: 'reads a list, and sends its message with it',
    sent: `GET /ats/api/v1/candidates HTTP/1.1\n${NODE_RED}\nContent-Length: <length>\n\n{"status":"inactive"}`,
    status: 400,
    refusal: { field: 'body', detail: UNREAD },
  },
  {
    tool: 'Zapier',
    what: 'reads a list, and says what its missing body is',
    sent: `GET /ats/api/v1/candidates?per_page=25 HTTP/1.1\n${ZAPIER}\ncontent-type: application/json\n\n`,
    status: 200,
  },
  {
    tool: 'Zapier',
    what: 'searches by a field that nobody has filled in',
    sent: `GET /ats/api/v1/candidates?email= HTTP/1.1\n${ZAPIER}\n\n`,
    status: 400,
    refusal: { field: 'email', detail: 'email must not be blank; leave it out for no filter.' },
  },
  {
    tool: 'Zapier',
    what: 'creates',
    sent: `POST /ats/api/v1/candidates HTTP/1.1\n${ZAPIER}\ncontent-type: application/json; charset=utf-8\nContent-Length: <length>\n\n{"first_name":"Zoe","last_name":"Zappa"}`,
    status: 201,
  },
  {
    tool: 'Zapier',
    what: 'deletes, with an empty object',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${ZAPIER}\ncontent-type: application/json; charset=utf-8\nContent-Length: <length>\n\n{}`,
    status: 200,
  },
  {
    tool: 'Activepieces',
    what: 'reads a list, with an empty object',
    sent: `GET /ats/api/v1/candidates?per_page=10 HTTP/1.1\n${ACTIVEPIECES}\nContent-Type: application/json\nContent-Length: <length>\n\n{}`,
    status: 200,
  },
  {
    tool: 'Activepieces',
    what: 'reads one, with a form without fields',
    sent: `GET /ats/api/v1/candidates/<candidate> HTTP/1.1\n${ACTIVEPIECES}\nContent-Type: application/json\nContent-Length: <length>\n\n{"":""}`,
    status: 200,
  },
  {
    tool: 'Activepieces',
    what: 'creates',
    sent: `POST /ats/api/v1/candidates HTTP/1.1\n${ACTIVEPIECES}\nContent-Type: application/json\nContent-Length: <length>\n\n{"first_name":"Ada","last_name":"Abel"}`,
    status: 201,
  },
  {
    tool: 'Activepieces',
    what: 'creates with fields that nobody has filled in',
    sent: `POST /ats/api/v1/candidates HTTP/1.1\n${ACTIVEPIECES}\nContent-Type: application/json\nContent-Length: <length>\n\n{"first_name":"Ada","last_name":"Abel","email":"","phone":""}`,
    status: 400,
    refusal: {
      field: 'email',
      detail: 'email must not be blank; leave it out, or send null to clear it; 1 more field is invalid.',
    },
  },
  {
    tool: 'Pipedream',
    what: 'reads a list, with an empty object',
    sent: `GET /ats/api/v1/candidates?per_page=100 HTTP/1.1\n${PIPEDREAM}\nContent-Type: application/json\nContent-Length: <length>\n\n{}`,
    status: 200,
  },
  {
    tool: 'Pipedream',
    what: 'changes',
    sent: `PATCH /ats/api/v1/candidates/<candidate> HTTP/1.1\n${PIPEDREAM}\nContent-Type: application/json\nContent-Length: <length>\n\n{"last_name":"Piper"}`,
    status: 200,
  },
  {
    tool: 'Pipedream',
    what: 'deletes, with a null',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${PIPEDREAM}\nContent-Type: application/json\nContent-Length: <length>\n\nnull`,
    status: 200,
  },
  {
    tool: 'Postman',
    what: 'reads a list',
    sent: `GET /ats/api/v1/candidates?page=1&per_page=25 HTTP/1.1\n${POSTMAN}\n\n`,
    status: 200,
  },
  {
    tool: 'Postman',
    what: 'creates, as its editor has indented it',
    sent: `POST /ats/api/v1/candidates HTTP/1.1\nContent-Type: application/json\n${POSTMAN}\nContent-Length: <length>\n\n{\r\n  "first_name": "Pat",\r\n  "last_name": "Post"\r\n}`,
    status: 201,
  },
  {
    tool: 'Postman',
    what: 'posts without a body',
    sent: `POST /ats/api/v1/webhooks/<webhook>/rotate_secret HTTP/1.1\n${POSTMAN}\nContent-Length: 0\n\n`,
    status: 200,
  },
  {
    tool: 'Bruno',
    what: 'reads one',
    sent: `GET /ats/api/v1/candidates/<candidate> HTTP/1.1\n${BRUNO}\n\n`,
    status: 200,
  },
  {
    tool: 'Bruno',
    what: 'changes, as the first media type of the document says',
    sent: `PATCH /ats/api/v1/candidates/<candidate> HTTP/1.1\n${BRUNO}\ncontent-type: application/merge-patch+json\nContent-Length: <length>\n\n{\n  "last_name": "Brunner"\n}`,
    status: 200,
  },
  {
    tool: 'Bruno',
    what: 'deletes',
    sent: `DELETE /ats/api/v1/candidates/<candidate> HTTP/1.1\n${BRUNO}\n\n`,
    status: 200,
  },
];
