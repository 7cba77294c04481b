import { AccountEntity } from './auth/account.entity.js';
import { ApiTokenEntity } from './auth/api-token.entity.js';
import { CreateAccounts1763900000000 } from './migrations/1763900000000-create-accounts.js';

/** What this service keeps in Postgres. */
export const database = {
  schema: 'gateway',
  entities: [AccountEntity, ApiTokenEntity],
  migrations: [CreateAccounts1763900000000],
};
