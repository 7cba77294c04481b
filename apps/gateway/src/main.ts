import { runService } from '@nexivo/runtime/start';
import { gatewayService } from './app.module.js';
import { gatewayEnv } from './env.js';

await runService(gatewayEnv, gatewayService);
