/** Places in arrays are int32. */
export const largestSize: number = 2 ** 31 - 1;

/** More layers, experts or stages than this are a mistake, and lists of them would fill the memory. */
export const mostLayers: number = 2 ** 16;

/** Numbers beyond are infinite as float32. */
export const largestNumber: number = 3.4028234663852886e38;
