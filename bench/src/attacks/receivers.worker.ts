import { parentPort } from 'node:worker_threads';
import { HOSTILITIES, startHostileReceivers } from '@nexivo/testing/hostile-receivers';

/** A thread of its own, so that what hostile receivers do delays nobody's measurement. */
const receivers = await startHostileReceivers();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
parentPort!.postMessage(HOSTILITIES.map((each) => receivers.url(each, 0).replace(/0$/, '')));
