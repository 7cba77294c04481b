import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Api, connectOperator, type Operator } from '@nexivo/testing/api';
import { startWorld, type World } from '@nexivo/testing/world';
import { originOf, startGateway } from './gateway-under-test.js';
import { toolRequests } from './tool-requests.js';
import { answersTo } from './uploads.js';

let world: World;
let operator: Operator;
let origin: string;
let api: Api;
let webhook: string;

beforeAll(async () => {
  world = await startWorld();
  await Promise.all([world.spawn('candidates'), world.spawn('webhooks')]);
  origin = await originOf(await startGateway(world));
  operator = await connectOperator(world.nats.urlFor('admin'));
  const { token } = await operator.createToken(await operator.createAccount());
  api = new Api(origin, token);
  const { status, body } = await api.post('/webhooks', { url: 'https://hooks.example.com/', events: ['*'] });
  expect({ status, body }).toMatchObject({ status: 201 });
  webhook = body.id;
});
afterAll(async () => {
  await operator.close();
  await world.stop();
});

it.each(toolRequests.map((request) => [request.tool, request.what, request] as const))(
  '%s %s',
  async (_tool, _what, { sent, status, refusal }) => {
    const { body: created } = await api.post('/candidates', { first_name: 'Jane', last_name: 'Smith' });
    const { body: page } = await api.get('/candidates');
    const [, head, body] = /^([^]*?)\n\n([^]*)$/.exec(fillIn(sent, created, page))!;
    const bytes = `${head!.replaceAll('\n', '\r\n').replace('<length>', String(Buffer.byteLength(body!)))}\r\n\r\n${body}`;
    const answers = await answersTo(origin, bytes, { endsItsSide: true });
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    const answered = answers[0]!.text;
    if (refusal)
      expect(problemIn(answered)).toMatchObject({
        detail: refusal.detail,
        errors: expect.arrayContaining([expect.objectContaining({ field: refusal.field })]),
      });
    if (status === 200 && sent.startsWith('DELETE '))
      expect((await api.get(`/candidates/${created.id}`)).body.status).toBe('inactive');
  },
);

const fillIn = (sent: string, candidate: { id: string }, page: object): string =>
  sent
    .replaceAll('<host>', new URL(origin).host)
    .replaceAll('<token>', api.token!)
    .replaceAll('<candidate>', candidate.id)
    .replaceAll('<webhook>', webhook)
    .replaceAll('<resource>', JSON.stringify(candidate))
    .replaceAll('<page>', JSON.stringify(page));

const problemIn = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
