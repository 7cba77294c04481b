import { runEventMigrations } from '@nexivo/events/migrate';
import { consumers } from './consumers.js';
import { database } from './database.js';

await runEventMigrations(database, consumers);
