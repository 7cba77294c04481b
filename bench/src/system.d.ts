import { ManagedProcess } from '@nexivo/local/managed-process';
import { type Stack } from '@nexivo/local/stack';
import { type Operator } from '@nexivo/testing/api';
/** A stack as `npm start` runs it, empty but for one account with a quota it cannot use up, and one candidate of it. */
export interface System {
    stack: Stack;
    origin: string;
    accountId: string;
    /** Of that account, with every scope. */
    token: string;
    candidateId: string;
    operator: Operator;
    stop(): Promise<void>;
}
/** @param env settings for its services, beside those that they have anyway */
export declare function startSystem(env?: Record<string, string>): Promise<System>;
/** A server of the bench's own beside those of the stack. */
export interface Server {
    process: ManagedProcess;
    origin: string;
}
/** How to start one. */
export interface ServerOptions {
    name: string;
    /** Script and arguments, and options of Node before them. */
    args: string[];
    /** What it needs beside the port. */
    env: Record<string, string>;
    /** The variable that tells it the port. */
    portName?: 'PORT' | 'HEALTH_PORT';
}
/** Starts a server beside a stack, and waits until `/health/ready` answers. */
export declare function startServer(stack: Stack, { name, args, env, portName }: ServerOptions): Promise<Server>;
/** Starts one more gateway of a stack, in the environment of the stack's own. */
export declare const startGateway: (stack: Stack, name: string, args: string[]) => Promise<Server>;
