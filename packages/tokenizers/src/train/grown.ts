/** `array` with room for at least `least` elements; the array itself where it has that. */
export const grownInts = (array: Int32Array, least: number): Int32Array => {
  if (array.length >= least) return array;
  const grown = new Int32Array(Math.max(least, array.length * 2));
  grown.set(array);
  return grown;
};

/** `array` with room for at least `least` elements; the array itself where it has that. */
export const grownFloats = (array: Float64Array, least: number): Float64Array => {
  if (array.length >= least) return array;
  const grown = new Float64Array(Math.max(least, array.length * 2));
  grown.set(array);
  return grown;
};
