/** Deliveries that arrived since they were last taken. */
export interface Arrivals {
    /** From `created_at` of the event to the first byte here, in ms; one for each delivery. */
    latencies: Float64Array;
    /** When the last one began to arrive, in ms since 1970. */
    lastAt: number;
}
/** A server in a thread of its own, where webhooks lead to. */
export interface WebhookReceiver {
    origin: string;
    take(): Promise<Arrivals>;
    stop(): Promise<void>;
}
export declare function startWebhookReceiver(): Promise<WebhookReceiver>;
