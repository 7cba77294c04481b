/** Runs the migration of the test as a service's `migrate.ts` does. */
import { runMigrations } from '../src/migrate.js';
import { AddColumn1764000100000, CreateRows1764000000000 } from './migrations-under-test.js';

await runMigrations({ schema: 'jobs', entities: [], migrations: [CreateRows1764000000000, AddColumn1764000100000] });
