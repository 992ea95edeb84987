/** Rows of the conformance table that do not hold on this backend, with the reason. */
export const except: Readonly<Record<string, string>> = {
  "get: a mask": "the mask decides the shape of the result, and a GPU cannot be read at once",
};
