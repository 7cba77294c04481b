import { SourceMap } from 'node:module';

interface Message {
  id?: number;
  method?: string;
  params: { scriptId: string; url: string; sourceMapURL: string; callFrames: CallFrame[] };
  result?: object;
}
interface CallFrame {
  location: { scriptId: string; lineNumber: number; columnNumber: number };
}

/** A debugger at a process that was started with `--inspect`, which knows no more of the sources than their source maps say. */
export interface Debugger {
  /**
   * Sets a breakpoint on a line of a source.
   *
   * @param line from 1
   */
  breakAt(source: string, line: number): Promise<void>;
  /** Waits for a breakpoint to be reached, and goes on: the line of the source, from 1. */
  nextBreak(): Promise<number>;
  close(): void;
}

/** @param address `host:port` */
export async function attachDebugger(address: string): Promise<Debugger> {
  const [target] = (await (await fetch(`http://${address}/json/list`)).json()) as [{ webSocketDebuggerUrl: string }];
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const maps = new Map<string, { url: string; scriptId: string; map: SourceMap }>();
  const answers = new Map<number, () => void>();
  const paused = Promise.withResolvers<CallFrame>();
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params } = JSON.parse(String(data)) as Message;
    if (id !== undefined) answers.get(id)?.();
    if (method === 'Debugger.paused') paused.resolve(params.callFrames[0]!);
    if (method === 'Debugger.scriptParsed' && params.url.endsWith('.ts')) {
      const json = Buffer.from(params.sourceMapURL.split('base64,')[1]!, 'base64').toString();
      const map = new SourceMap(JSON.parse(json) as ConstructorParameters<typeof SourceMap>[0]);
      maps.set(params.scriptId, { url: params.url, scriptId: params.scriptId, map });
    }
  });
  await new Promise((resolve) => {
    socket.addEventListener('open', resolve);
  });
  let lastId = 0;
  const send = (method: string, params: object = {}): Promise<void> =>
    new Promise((resolve) => {
      lastId += 1;
      answers.set(lastId, resolve);
      socket.send(JSON.stringify({ id: lastId, method, params }));
    });
  // Answered when every script that is loaded has been told.
  await send('Debugger.enable');
  return {
    breakAt: async (source, line) => {
      const script = [...maps.values()].find(({ url }) => url.endsWith(source));
      if (!script) throw new Error(`${source} is not loaded`);
      const lineNumber = generatedLine(script.map, line);
      await send('Debugger.setBreakpoint', { location: { scriptId: script.scriptId, lineNumber } });
    },
    nextBreak: async () => {
      const { location } = await paused.promise;
      const entry = maps.get(location.scriptId)!.map.findEntry(location.lineNumber, location.columnNumber);
      await send('Debugger.resume');
      if (!('originalLine' in entry)) throw new Error('the place of the breakpoint is not in the source map');
      return entry.originalLine + 1;
    },
    close: () => socket.close(),
  };
}

/** The first line, from 0, that was made of a line of the source. */
function generatedLine(map: SourceMap, line: number): number {
  const length = 10_000;
  for (let generated = 0; generated < length; generated += 1) {
    for (let column = 0; column < 40; column += 1) {
      const entry = map.findEntry(generated, column);
      if ('originalLine' in entry && entry.originalLine === line - 1 && entry.generatedLine === generated)
        return generated;
    }
  }
  throw new Error(`nothing was made of line ${line}`);
}
