/** Calls that are queued before one waits: enough to hide the wait, few enough for their results to stay in memory. */
const groupSize = 8;

/**
 * Runs a kernel `count` times. Calls are queued in groups; `finish` gets the results of a group, waits until they are
 * there, gives the first element of the last one and drops them all.
 */
export const inGroups = async <R>(
  count: number,
  call: () => R | Promise<R>,
  finish: (results: readonly R[]) => Promise<number>,
): Promise<{ loss: number }> => {
  let loss = Number.NaN;
  for (let left = count; left > 0; left -= groupSize) {
    const results: R[] = [];
    for (let i = 0; i < Math.min(left, groupSize); i++) results.push(await call());
    loss = await finish(results);
  }
  return { loss };
};
