import { runService } from '@nexivo/runtime/start';
import { candidatesService } from './app.module.js';
import { candidatesEnv } from './env.js';

await runService(candidatesEnv, candidatesService);
