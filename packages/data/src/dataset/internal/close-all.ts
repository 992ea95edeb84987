/** Closes all of them, even when one fails to, and then tells of the first failure. */
export const closeAll = async (
  iterators: readonly { readonly return: () => Promise<unknown> }[],
): Promise<void> => {
  const results = await Promise.allSettled(iterators.map((iterator) => iterator.return()));
  for (const result of results) if (result.status === "rejected") throw result.reason;
};
