import { runService } from '@nexivo/runtime/start';
import { submissionsService } from './app.module.js';
import { submissionsEnv } from './env.js';

await runService(submissionsEnv, submissionsService);
