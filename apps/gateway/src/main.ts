import { runService } from '@nexivo/service/start';
import { gatewayService } from './app.module.js';
import { gatewayEnv } from './env.js';

await runService(gatewayEnv, gatewayService);
