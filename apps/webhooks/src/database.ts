import { AttemptEntity, DeliveryEntity } from './deliveries/delivery.entity.js';
import { ReplayEntity } from './deliveries/replay.entity.js';
import { WebhookEntity } from './endpoints/webhook.entity.js';
import { CreateWebhooks1764100000000 } from './migrations/1764100000000-create-webhooks.js';

/** What this service keeps in Postgres. */
export const database = {
  schema: 'webhooks',
  entities: [WebhookEntity, DeliveryEntity, AttemptEntity, ReplayEntity],
  migrations: [CreateWebhooks1764100000000],
};
