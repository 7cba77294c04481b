import { runMigrations } from '@nexivo/store/migrate';
import { database } from './database.js';

await runMigrations(database);
