import { runMigrations } from '@nexivo/service/migrate';
import { database } from './database.js';

await runMigrations(database);
