/** Which part of a list is asked for. */
export interface Part {
  readonly limit: number;
  readonly after?: string | undefined;
}

/** How many entries of a list are shown unless told. */
export const LIMIT = 1_000;
/** How many one answer of the gateway has at most. */
const AT_ONCE = 500;

/**
 * A part of a list in the order of ids.
 *
 * @returns `next` is the id to go on after, absent at the end of the list
 */
export async function listPart<Item>(
  { limit, after }: Part,
  ask: (part: Part) => Promise<{ data: Item[]; next: string | null }>,
): Promise<{ data: Item[]; next?: string }> {
  const data: Item[] = [];
  let next = after ?? null;
  do {
    const part = await ask({ limit: Math.min(AT_ONCE, limit - data.length), ...(next !== null && { after: next }) });
    data.push(...part.data);
    ({ next } = part);
  } while (next !== null && data.length < limit);
  return { data, ...(next !== null && { next }) };
}
