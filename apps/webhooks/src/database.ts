import { AttemptEntity, DeliveryEntity } from './deliveries/delivery.entity.js';
import { RedeliveryEntity } from './deliveries/redelivery.entity.js';
import { ReplayEntity } from './deliveries/replay.entity.js';
import { WebhookEntity } from './endpoints/webhook.entity.js';
import { CreateWebhooks1764100000000 } from './migrations/1764100000000-create-webhooks.js';
import { AddObjectToEvents1764600000000 } from './migrations/1764600000000-add-object-to-events.js';
import { IndexDeliveries1764700000000 } from './migrations/1764700000000-index-deliveries.js';
import { Redeliveries1764700100000 } from './migrations/1764700100000-redeliveries.js';
import { CountAttempts1764700200000 } from './migrations/1764700200000-count-attempts.js';
import { OversizedAnswers1795910400006 } from './migrations/1795910400006-oversized-answers.js';
import { CreateConsumerPlaces1795982400003 } from './migrations/1795982400003-create-consumer-places.js';
import { IndexConsumerPlaces1795982405003 } from './migrations/1795982405003-index-consumer-places.js';
import { IndexEventsByType1795982430003 } from './migrations/1795982430003-index-events-by-type.js';
import { CapRedeliveryCounts1795982440003 } from './migrations/1795982440003-cap-redelivery-counts.js';
import { IndexJobsByStatus1795995000009 } from './migrations/1795995000009-index-jobs-by-status.js';
import { CountFailures1796000000002 } from './migrations/1796000000002-count-failures.js';
import { CreateSweeps1796000100004 } from './migrations/1796000100004-create-sweeps.js';
import { ExpiredReplays1796000100014 } from './migrations/1796000100014-expired-replays.js';
import { CreateOutbox1796000100024 } from './migrations/1796000100024-create-outbox.js';
import { DelayDeliveries1796200000210 } from './migrations/1796200000210-delay-deliveries.js';
import { IndexReadyDeliveries1796200000211 } from './migrations/1796200000211-index-ready-deliveries.js';
import { IndexDelayedDeliveries1796200000212 } from './migrations/1796200000212-index-delayed-deliveries.js';
import { IndexFirstAttempts1796200000213 } from './migrations/1796200000213-index-first-attempts.js';
import { IndexKeptBodies1796200000214 } from './migrations/1796200000214-index-kept-bodies.js';
import { TraceEvents1796300000000 } from './migrations/1796300000000-trace-events.js';

/** What this service keeps in Postgres. */
export const database = {
  schema: 'webhooks',
  entities: [WebhookEntity, DeliveryEntity, AttemptEntity, ReplayEntity, RedeliveryEntity],
  migrations: [
    CreateWebhooks1764100000000,
    AddObjectToEvents1764600000000,
    IndexDeliveries1764700000000,
    Redeliveries1764700100000,
    CountAttempts1764700200000,
    OversizedAnswers1795910400006,
    CreateConsumerPlaces1795982400003,
    IndexConsumerPlaces1795982405003,
    IndexEventsByType1795982430003,
    CapRedeliveryCounts1795982440003,
    IndexJobsByStatus1795995000009,
    CountFailures1796000000002,
    CreateSweeps1796000100004,
    ExpiredReplays1796000100014,
    CreateOutbox1796000100024,
    DelayDeliveries1796200000210,
    IndexReadyDeliveries1796200000211,
    IndexDelayedDeliveries1796200000212,
    IndexFirstAttempts1796200000213,
    IndexKeptBodies1796200000214,
    TraceEvents1796300000000,
  ],
};
