/**
 * One run for all that want its result at the same time: who asks while one is under way gets what that finds.
 *
 * @returns `work`, shared
 */
export function singleFlight<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let current: Promise<Result> | undefined;
  return () =>
    (current ??= work().finally(() => {
      current = undefined;
    }));
}
