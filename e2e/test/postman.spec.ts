import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Collection, Item, Script } from '@nexivo/clients/postman';
import { type SharedStack, shareStack } from './shared-stack.js';

let shared: SharedStack;

beforeAll(async () => {
  shared = await shareStack();
});
afterAll(() => shared.leave());

/** What comes of a request: whether it was sent, and which one is to be next. */
interface Outcome {
  isSkipped: boolean;
  next?: string;
}

/** Plays the requests of a collection one after the other, as Postman does, and tells what its tests find wrong. */
class Player {
  readonly faults: string[] = [];
  readonly sent: string[] = [];
  private readonly variables: Map<string, string>;

  constructor(
    private readonly collection: Collection,
    settings: Record<string, string>,
  ) {
    const known = collection.variable.map(({ key, value }) => [key, value] as const);
    this.variables = new Map([...known, ...Object.entries(settings)]);
  }

  async play(): Promise<void> {
    const items = this.collection.item.flatMap(({ item }) => item);
    for (let at = 0; at < items.length;) {
      const { next } = await this.request(items[at]!);
      at = next === undefined ? at + 1 : items.findIndex(({ name }) => name === next);
    }
  }

  private async request(item: Item): Promise<Outcome> {
    const outcome: Outcome = { isSkipped: false };
    this.run([...this.collection.event, ...item.event], 'prerequest', item, outcome);
    if (outcome.isSkipped) return outcome;
    const { method, header, url, body } = item.request;
    const response = await fetch(this.filled(url.raw), {
      method,
      headers: {
        authorization: `Bearer ${this.variables.get('token')}`,
        ...Object.fromEntries(header.map(({ key, value }) => [key, value])),
      },
      ...(body && { body: this.filled(body.raw) }),
    });
    const text = await response.text();
    this.sent.push(`${method} ${url.raw}`);
    this.run(item.event, 'test', item, outcome, {
      json: () => JSON.parse(text) as unknown,
      to: {
        have: {
          status: (status: number) => {
            if (response.status !== status) this.faults.push(`${method} ${url.raw}: ${response.status} ${text}`);
          },
        },
      },
    });
    return outcome;
  }

  private run(scripts: Script[], listen: Script['listen'], { name }: Item, outcome: Outcome, response?: object): void {
    const pm = {
      info: { requestName: name },
      response,
      test: (_name: string, check: () => void) => check(),
      collectionVariables: {
        get: (key: string) => this.variables.get(key),
        set: (key: string, value: string) => this.variables.set(key, value),
      },
      execution: {
        skipRequest: () => (outcome.isSkipped = true),
        setNextRequest: (next: string) => (outcome.next = next),
      },
    };
    for (const each of scripts.filter((script) => script.listen === listen)) {
      runInNewContext(each.script.exec.join('\n'), { pm });
    }
  }

  private filled(text: string): string {
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => this.variables.get(key) ?? key);
  }
}

it('the Postman collection runs green after import, with nothing but the URL and a token, and again', async () => {
  const collection = JSON.parse(readFileSync(new URL('../../postman.json', import.meta.url), 'utf8')) as Collection;
  const { token } = await shared.client();
  for (let round = 1; round <= 2; round++) {
    const player = new Player(collection, { baseUrl: shared.baseUrl, token: token! });
    await player.play();
    expect(player.faults).toEqual([]);
    expect(player.sent.length).toBeGreaterThan(40);
  }
});
