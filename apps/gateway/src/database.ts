import { AccountEntity } from './accounts/account.entity.js';
import { ApiTokenEntity } from './accounts/api-token.entity.js';
import { CreateAccounts1763900000000 } from './migrations/1763900000000-create-accounts.js';
import { TokenLifecycle1763900100000 } from './migrations/1763900100000-token-lifecycle.js';
import { Quotas1763900200000 } from './migrations/1763900200000-quotas.js';
import { Usage1763900300000 } from './migrations/1763900300000-usage.js';
import { People1764500000000 } from './migrations/1764500000000-people.js';
import { QuotaClock1795910400002 } from './migrations/1795910400002-quota-clock.js';
import { SumUsage1795982410003 } from './migrations/1795982410003-sum-usage.js';
import { SumEarlierUsage1795982415003 } from './migrations/1795982415003-sum-earlier-usage.js';
import { IndexAuditLog1795982420003 } from './migrations/1795982420003-index-audit-log.js';
import { QuotaSum1796000000001 } from './migrations/1796000000001-quota-sum.js';
import { CreateSweeps1796000100005 } from './migrations/1796000100005-create-sweeps.js';
import { FreeReplays1796200000000 } from './migrations/1796200000000-free-replays.js';
import { QuotasOfMany1796200000200 } from './migrations/1796200000200-quotas-of-many.js';
import { ReturnQuotas1796200000300 } from './migrations/1796200000300-return-quotas.js';

/** What this service keeps in Postgres. */
export const database = {
  schema: 'gateway',
  entities: [AccountEntity, ApiTokenEntity],
  migrations: [
    CreateAccounts1763900000000,
    TokenLifecycle1763900100000,
    Quotas1763900200000,
    Usage1763900300000,
    People1764500000000,
    QuotaClock1795910400002,
    SumUsage1795982410003,
    SumEarlierUsage1795982415003,
    IndexAuditLog1795982420003,
    QuotaSum1796000000001,
    CreateSweeps1796000100005,
    FreeReplays1796200000000,
    QuotasOfMany1796200000200,
    ReturnQuotas1796200000300,
  ],
};
