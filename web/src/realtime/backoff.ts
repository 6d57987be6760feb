// When to come back: full jitter, so that ten thousand clients who were cut off together do not return together (Brooker,
// "Exponential backoff and jitter"). It keeps no count; whoever waits does.

/** The bound of the first wait. */
export const FIRST_MS = 500;
/** The bound of the longest. */
export const LONGEST_MS = 30_000;

/** The wait before the nth attempt in a row, counted from zero: anything up to a bound that doubles each time. */
export function wait(attempt: number, chance: () => number): number {
  const bound = Math.min(FIRST_MS * 2 ** Math.min(attempt, 16), LONGEST_MS);
  return bound * chance();
}
