/** The target of places that do not count, unless told otherwise: that of PyTorch. Losses take it as `ignoreIndex`. */
export const ignoreIndex = -100;
