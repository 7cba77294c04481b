import { runService } from '@nexivo/runtime/start';
import { webhooksService } from './app.module.js';
import { webhooksEnv } from './env.js';

await runService(webhooksEnv, webhooksService);
