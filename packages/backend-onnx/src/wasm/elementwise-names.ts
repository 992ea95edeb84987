/** Primitives of one operand that are kernel operations under the same name. */
export const unaryNames = [
  "neg",
  "abs",
  "sqrt",
  "rsqrt",
  "exp",
  "log",
  "tanh",
  "erf",
  "logistic",
  "floor",
  "ceil",
  "round",
  "not",
] as const;

/** As `unaryNames`, of two operands. */
export const binaryNames = [
  "add",
  "sub",
  "mul",
  "div",
  "max",
  "min",
  "and",
  "or",
  "xor",
  "equal",
  "notEqual",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
] as const;
