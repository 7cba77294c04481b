/** A path with ids in it: path`/candidates/${id}`. */
export function path(parts: TemplateStringsArray, ...ids: string[]): string {
  return parts.reduce((before, part, n) => before + segment(ids[n - 1]!) + part);
}

/** @throws TypeError for what would lead to another path */
function segment(id: string): string {
  if (!id || id === '.' || id === '..') throw new TypeError(`not an id: ${JSON.stringify(id)}`);
  return encodeURIComponent(id);
}

/** The values of a query; those that are `undefined` are not sent. */
type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What stands behind a path, its question mark included. A value of a list that has a comma stands in double quotes. */
export function search(query: object): string {
  const given = Object.entries(query as Query).filter(([, value]) => value !== undefined);
  const texts = given.map(
    ([name, value]) => [name, Array.isArray(value) ? value.map(quoted).join() : String(value)] as [string, string],
  );
  return texts.length > 0 ? `?${new URLSearchParams(texts).toString()}` : '';
}

const quoted = (value: string): string => (value.includes(',') ? `"${value}"` : value);
