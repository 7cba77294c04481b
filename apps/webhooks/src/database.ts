import { AttemptEntity, DeliveryEntity } from './deliveries/delivery.entity.js';
import { ReplayEntity } from './deliveries/replay.entity.js';
import { WebhookEntity } from './endpoints/webhook.entity.js';
import { CreateWebhooks1764100000000 } from './migrations/1764100000000-create-webhooks.js';
import { AddObjectToEvents1764600000000 } from './migrations/1764600000000-add-object-to-events.js';

/** What this service keeps in Postgres. */
export const database = {
  schema: 'webhooks',
  entities: [WebhookEntity, DeliveryEntity, AttemptEntity, ReplayEntity],
  migrations: [CreateWebhooks1764100000000, AddObjectToEvents1764600000000],
};
