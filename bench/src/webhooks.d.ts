import type { Figure } from './figures.js';
import type { System } from './system.js';
type Log = (line: string) => void;
/** What the webhooks service must be told to send to a receiver of the bench. */
export declare const RECEIVER_ALLOWED: {
    ALLOW_INSECURE_WEBHOOK_TARGETS: string;
};
/** Deliveries to one endpoint: at a calm rate, and as fast as the API takes writes. */
export declare function oneEndpoint(system: System, { rounds, seconds }: Effort, log: Log): Promise<Figure[]>;
/** Deliveries of each event to a hundred endpoints: at the rate that is promised, and of a burst. */
export declare function hundredEndpoints(system: System, { rounds, seconds }: Effort, log: Log): Promise<Figure[]>;
interface Effort {
    rounds: number;
    seconds: number;
}
export {};
