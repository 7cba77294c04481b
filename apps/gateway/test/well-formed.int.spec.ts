import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem } from '@nexivo/contracts/errors';
import { BASE_PATH } from '@nexivo/contracts/route';
import { connectOperator, type Operator } from '@nexivo/testing/api';
import { startWorld, type World } from '@nexivo/testing/world';
import { originOf, startGateway } from './gateway-under-test.js';
import * as uploads from './uploads.js';

let world: World;
let operator: Operator;
let origin: string;
let authorization: string;

beforeAll(async () => {
  world = await startWorld();
  origin = await originOf(await startGateway(world));
  operator = await connectOperator(world.nats.urlFor('admin'));
  authorization = `authorization: Bearer ${(await operator.createToken(await operator.createAccount())).token}\r\n`;
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

/** What comes back for a request that is sent as it is written here. */
async function answerTo(requestLine: string, headers: string, body = ''): Promise<{ status: number; text: string }> {
  const sent = `${requestLine}\r\n${headers}connection: close\r\n\r\n${body}`;
  const [answer, ...others] = await uploads.answersTo(origin, sent);
  expect(others).toEqual([]);
  return answer!;
}

const codeOf = (answer: { text: string }): string =>
  problem.parse(JSON.parse(answer.text.slice(answer.text.indexOf('\r\n\r\n') + 4))).code;

const me = `GET ${BASE_PATH}/me HTTP/1.1`;
const openApi = (target: string): string => `GET ${target} HTTP/1.1`;

describe('a Host', () => {
  it.each([
    'a',
    'api.example.com',
    'api.example.com:8080',
    '127.0.0.1',
    '127.0.0.1:1',
    '[::1]',
    '[::1]:3000',
    'a_b.c',
    'A-b.C.',
  ])('%s is taken', async (host) => {
    expect((await answerTo(me, `host: ${host}\r\n${authorization}`)).status).toBe(200);
  });

  it.each([
    'a b',
    'a/b',
    'a@b',
    'user:password@a',
    'a?b',
    'a#b',
    'a\\\\b',
    'a:b',
    'a:',
    'a:99999',
    'a:1:2',
    '[::1',
    '::1',
    '[zz]',
    'a..b',
    '.a',
    '-a',
    'a,b',
    'a;b',
    'a"b',
    '<a>',
    'a%2eb',
    'a%00b',
    '\u00e9.example',
    '1.2.3.999',
    '${a}',
    '',
  ])('%s is refused', async (host) => {
    const answer = await answerTo(me, `host: ${host}\r\n${authorization}`);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'malformed_request']);
  });

  it('that is missing or there twice is refused, in HTTP/1.1', async () => {
    for (const headers of ['', 'host: a\r\nHost: b\r\n', 'host: a\r\nhost: a\r\n']) {
      const answer = await answerTo(me, headers + authorization);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'malformed_request']);
    }
  });

  it('may be missing in HTTP/1.0: it is the one that was reached', async () => {
    const answer = await answerTo(`GET ${BASE_PATH}/openapi.json HTTP/1.0`, '');
    expect(answer.text).toContain(`"url":"${origin}${BASE_PATH}"`);
  });
});

describe('a target in absolute form', () => {
  it('is answered as its path is, and its host counts', async () => {
    const answer = await answerTo(
      openApi(`http://right.example:81${BASE_PATH}/openapi.json`),
      'host: wrong.example\r\n',
    );
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(`"url":"http://right.example:81${BASE_PATH}"`);
    expect(answer.text).not.toContain('wrong.example');
  });

  it('is a 405 with the methods of its path, or a 404', async () => {
    const wrong = await answerTo(`PUT http://a${BASE_PATH}/me HTTP/1.1`, 'host: a\r\n');
    expect(wrong.status).toBe(405);
    expect(wrong.text).toMatch(/^allow: .*GET/im);
    expect((await answerTo('GET http://a/nothing HTTP/1.1', 'host: a\r\n')).status).toBe(404);
    expect((await answerTo('GET http://a HTTP/1.1', 'host: a\r\n')).status).not.toBe(500);
    expect((await answerTo(openApi(`http://u:p@a${BASE_PATH}/me`), `host: a\r\n${authorization}`)).status).toBe(400);
  });
});

describe('other ways to write a request', () => {
  it.each(['gzip, chunked', 'chunked, chunked', 'identity', 'gzip'])(
    'Transfer-Encoding: %s is refused',
    async (coding) => {
      const headers = `host: a\r\n${authorization}transfer-encoding: ${coding}\r\n`;
      const answer = await answerTo(`POST ${BASE_PATH}/candidates HTTP/1.1`, headers, '0\r\n\r\n');
      expect(answer.status).toBe(400);
    },
  );

  it('OPTIONS * has the headers of every answer', async () => {
    const { status, text } = await answerTo('OPTIONS * HTTP/1.1', 'host: a\r\n');
    expect(status).toBe(204);
    for (const name of ['x-request-id', 'x-content-type-options', 'cache-control'])
      expect(text).toMatch(new RegExp(`^${name}: `, 'm'));
    expect((await answerTo('GET * HTTP/1.1', 'host: a\r\n')).status).toBe(404);
  });

  it.each(['0.9', '1.2', '2.0', '3.0'])('HTTP/%s is refused', async (version) => {
    const answer = await answerTo(me.replace('1.1', version), `host: a\r\n${authorization}`);
    expect([answer.status, codeOf(answer)]).toEqual([505, 'http_version_not_supported']);
  });

  it('an expectation that is none is refused', async () => {
    const answer = await answerTo(me, `host: a\r\nexpect: tea\r\n${authorization}`);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'malformed_request']);
  });
});
