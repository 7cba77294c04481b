import { expect, it } from '@jest/globals';
import { MsgHdrsImpl } from '@nats-io/transport-node';
import type { RequestContext } from '@nexivo/bus/context';
import { commandIdOf, decodeContext, encodeContext, readHeaders } from '@nexivo/bus/wire';

const bare: RequestContext = {
  accountId: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6e',
  principal: { type: 'token', id: '019ab2f0-7a0e-7c3c-9d0b-0f6f2c1f6f6f' },
  requestId: 'r-1',
};
const full: RequestContext = {
  ...bare,
  scopes: ['candidates:read', 'jobs:read'],
  address: '192.0.2.1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  idempotencyKey: 'Schlüssel: 1',
  ifMatch: [1, 2],
  ifNoneMatch: '*',
};

it.each([bare, full, { ...bare, scopes: [] }, { ...bare, ifMatch: [] }, { ...bare, ifMatch: '*' as const }])(
  'who asks and how comes as it was sent: %j',
  (context) => {
    const received = readHeaders(MsgHdrsImpl.decode((encodeContext(context, 1_000, 'c-1') as MsgHdrsImpl).encode()));
    expect(decodeContext(received)).toEqual(context);
    expect(commandIdOf(received)).toBe('c-1');
  },
);

it.each(['a\r\nNexivo-Account: b', 'a\nb', 'a\rb'])('what would begin another header is not sent: %j', (requestId) => {
  expect(() => encodeContext({ ...bare, requestId }, 1_000)).toThrow(TypeError);
});
