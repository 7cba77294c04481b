import { runService } from '@nexivo/runtime/start';
import { jobsService } from './app.module.js';
import { jobsEnv } from './env.js';

await runService(jobsEnv, jobsService);
