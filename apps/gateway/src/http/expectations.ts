import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers of requests whose bodies are held back until they are asked for (`Expect: 100-continue`, RFC 9110, section 10.1.1). */
const waiting = new WeakMap<IncomingMessage, ServerResponse>();

/** A request has come without its body, which its client sends once it is told to. */
export const expectsContinue = (request: IncomingMessage, response: ServerResponse): void =>
  void waiting.set(request, response);

/** Asks for the body of a request, if it is held back. */
export function askForBody(request: IncomingMessage): void {
  waiting.get(request)?.writeContinue();
  waiting.delete(request);
}
