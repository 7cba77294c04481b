/**
 * One run for all that want its result at the same time: who asks while one is under way gets what that finds.
 *
 * @param servesMs for how long a result serves those that ask afterwards, too; one that failed serves nobody else
 * @returns `work`, shared
 */
export function singleFlight<Result>(work: () => Promise<Result>, servesMs = 0): () => Promise<Result> {
  let current: Promise<Result> | undefined;
  let servesUntil = Infinity;
  const forget = (): void => {
    current = undefined;
  };
  return () => {
    if (current && performance.now() < servesUntil) return current;
    servesUntil = Infinity;
    const run = work().then(
      (result) => {
        if (servesMs === 0) forget();
        else servesUntil = performance.now() + servesMs;
        return result;
      },
      (error: unknown) => {
        forget();
        throw error;
      },
    );
    current = run;
    return run;
  };
}
