import { accountRoutes, planList } from '@nexivo/contracts/account';
import { auditLogRoutes } from '@nexivo/contracts/audit-log';
import { seesAllAudit } from '@nexivo/contracts/roles';
import { tokenRoutes } from '@nexivo/contracts/tokens';
import { usageRoutes } from '@nexivo/contracts/usage';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { AccountTokensService, TokenReader } from './accounts/account-tokens.service.js';
import { listAuditLog } from './accounts/audit-log.js';
import type { OwnAccountService } from './accounts/own-account.service.js';
import { reportUsage } from './accounts/usage-report.js';
import { callerOf, contextOf } from './auth/caller.js';
import { type BoundRoute, handle } from './http/bind.js';

/** What the routes of accounts and tokens need. */
export interface AccountServices {
  readonly accounts: OwnAccountService;
  readonly tokens: AccountTokensService;
  readonly database: DataSource;
  readonly contactSalesUrl: string | undefined;
}

/** The account, its plan, its usage and its audit log. */
export const accountRouteList = ({ accounts, database, contactSalesUrl }: AccountServices): BoundRoute[] => [
  handle(accountRoutes.get, (_input, request) => accounts.get(callerOf(request).accountId)),
  handle(accountRoutes.update, ({ body }, request, _reply, conditions) =>
    accounts.rename(contextOf(request, conditions), body),
  ),
  handle(accountRoutes.plans, async () => ({ data: [...planList], contact_sales_url: contactSalesUrl ?? null })),
  handle(usageRoutes.get, ({ query }, request) => reportUsage(database.manager, callerOf(request).accountId, query)),
  handle(auditLogRoutes.list, ({ query }, request) => {
    const { accountId, person } = callerOf(request);
    const only = person && !seesAllAudit(person.role) ? { type: 'user' as const, id: person.userId } : undefined;
    return listAuditLog(database.manager, accountId, query, only);
  }),
];

/** API tokens. */
export function tokenRouteList({ tokens }: AccountServices): BoundRoute[] {
  const readerOf = (request: FastifyRequest): TokenReader => {
    const { accountId, person } = callerOf(request);
    return { accountId, userId: person?.userId, role: person?.role };
  };
  return [
    handle(tokenRoutes.list, ({ query }, request) => tokens.list(readerOf(request), query)),
    handle(tokenRoutes.create, ({ body }, request, _reply, conditions) =>
      tokens.create(contextOf(request, conditions), body),
    ),
    handle(tokenRoutes.get, ({ params }, request) => tokens.get(readerOf(request), params.id)),
    handle(tokenRoutes.update, ({ params, body }, request, _reply, conditions) =>
      tokens.update(contextOf(request, conditions), params.id, body),
    ),
    handle(tokenRoutes.revoke, ({ params }, request) => tokens.revoke(contextOf(request), params.id)),
    handle(tokenRoutes.rotate, ({ params, body }, request, _reply, conditions) =>
      tokens.rotate(contextOf(request, conditions), params.id, body),
    ),
  ];
}
