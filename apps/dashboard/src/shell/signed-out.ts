import { basePath } from './base-path.js';
type Message = 'signed-out' | 'switched';

const channel = new BroadcastChannel('nexivo-session');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has none
const tellOthers = (message: Message): void => channel.postMessage(message);

/** Tells this tab and all others that the session has ended. */
export function tellSignedOut(): void {
  tellOthers('signed-out');
  dispatchEvent(new Event('signed-out'));
}

/** Begins anew here and in all other tabs, which would show one account and act on another. */
export function tellSwitched(): void {
  tellOthers('switched');
  location.assign(`${basePath}/`);
}

/** Calls a function once the session has ended, in whichever tab. */
export function onSignedOut(listener: () => void): void {
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) =>
    data === 'switched' ? location.assign(`${basePath}/`) : listener(),
  );
  addEventListener('signed-out', listener);
}
