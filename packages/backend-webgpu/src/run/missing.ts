/** Stands where planning has a place for everything. */
export const missing = (): never => {
  throw new RangeError("a program's memory was not planned");
};
