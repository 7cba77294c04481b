import type { Stack } from '@nexivo/local/stack';
/**
 * Does some work of the gateway alone, and counts the transactions that the product's database saw meanwhile. The other services
 * rest: they look for events to publish all the time, which has nothing to do with the work.
 */
export declare function transactionsDuring<Result>(stack: Stack, work: () => Promise<Result>): Promise<{
    result: Result;
    transactions: number;
}>;
