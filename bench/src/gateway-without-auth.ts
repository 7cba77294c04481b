/**
 * The gateway with neither authentication nor quotas, for comparison: whoever calls speaks for the account named on the
 * command line. The product has no such switch; this program makes it, by replacing both in its own process.
 */
import { TOKEN_SCOPES } from '@nexivo/contracts/accounts';
import { gatewayService } from '@nexivo/gateway/app.module';
import { Access } from '@nexivo/gateway/auth/access';
import { type Caller, setCaller } from '@nexivo/gateway/auth/caller';
import { gatewayEnv } from '@nexivo/gateway/env';
import { runService } from '@nexivo/runtime/start';

const [accountId = ''] = process.argv.slice(2);

Access.prototype.identify = (_route, request) => {
  const caller: Caller = {
    accountId,
    principal: { type: 'token', id: 'bench' },
    requestId: request.id,
    scopes: TOKEN_SCOPES,
    plan: 'enterprise',
    person: undefined,
    session: undefined,
  };
  setCaller(request, caller);
  return Promise.resolve(caller);
};
Access.prototype.meter = () => Promise.resolve();

await runService(gatewayEnv, gatewayService);
