const channel = new BroadcastChannel('nexivo-signed-out');

/** Tells this tab and all others that the session has ended. */
export function tellSignedOut(): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has none
  channel.postMessage(undefined);
  dispatchEvent(new Event('signed-out'));
}

/** Calls a function once the session has ended, in whichever tab. */
export function onSignedOut(listener: () => void): void {
  channel.addEventListener('message', listener);
  addEventListener('signed-out', listener);
}
