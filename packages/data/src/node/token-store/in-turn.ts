/** Runs actions one after another, in the order in which they were asked for; one that fails keeps no other from running. */
export const inTurn = (): (<T>(action: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const result = last.then(action);
    last = result.catch(() => undefined);
    return result;
  };
};
