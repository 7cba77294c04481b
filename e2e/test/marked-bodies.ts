import type { Route } from '@nexivo/contracts/route';

/**
 * The example of a route's body in which every text that may be any other holds the mark: as it is, as an address, as a URL.
 *
 * @throws where no text of a body with an example takes the mark, but one is expected to
 */
export function markedBody({ body, example }: Route, mark: string): unknown {
  if (!body) return undefined;
  let marked: unknown = structuredClone(example ?? {});
  for (const path of textsOf(marked)) {
    for (const text of [`Leak ${mark}`, `${mark}@example.com`, `https://${mark}.example.com/`, mark]) {
      const attempt = replaced(marked, path, text);
      if (!body.safeParse(attempt).success) continue;
      marked = attempt;
      break;
    }
  }
  return marked;
}

type Path = readonly (string | number)[];

function textsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => textsOf(member, [...path, key]));
}

function replaced(value: unknown, [key, ...rest]: Path, text: string): unknown {
  if (key === undefined) return text;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, text);
  return copy;
}
