/** Reads some parameters of a page's address as texts. What they may be the API decides. */
export const searchOf =
  <const Names extends readonly string[]>(...names: Names) =>
  (search: Record<string, unknown>): { [Name in Names[number]]?: string | undefined } =>
    Object.fromEntries(
      names.filter((name) => search[name] !== undefined).map((name) => [name, String(search[name])]),
    ) as { [Name in Names[number]]?: string | undefined };
