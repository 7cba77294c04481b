import { runService } from '@nexivo/service/start';
import { candidatesService } from './app.module.js';
import { candidatesEnv } from './env.js';

await runService(candidatesEnv, candidatesService);
