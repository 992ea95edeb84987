/** The number of at least `least` that an argument is; throws Error, which names the argument, for all else. */
export const wholeNumber = (name: string, text: string, least: number): number => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(
    `${name} must be a whole number of at least ${least}, got ${JSON.stringify(text)}`,
  );
};
