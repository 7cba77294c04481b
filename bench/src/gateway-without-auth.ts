/**
 * The gateway with neither authentication nor quotas, for comparison: whoever calls speaks for the account named on the
 * command line. The product has no such switch; this program makes it, by replacing the guard in its own process.
 */
import type { ExecutionContext } from '@nestjs/common';
import { SCOPES } from '@nexivo/contracts/accounts';
import { gatewayService } from '@nexivo/gateway/app.module';
import { AuthGuard } from '@nexivo/gateway/auth/auth.guard';
import { setCaller } from '@nexivo/gateway/auth/caller';
import { gatewayEnv } from '@nexivo/gateway/env';
import { runService } from '@nexivo/service/start';
import type { FastifyRequest } from 'fastify';

const [accountId = ''] = process.argv.slice(2);

AuthGuard.prototype.canActivate = (context: ExecutionContext): Promise<boolean> => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  setCaller(request, { accountId, actorId: 'bench', requestId: request.id, scopes: SCOPES });
  return Promise.resolve(true);
};

await runService(gatewayEnv, gatewayService);
