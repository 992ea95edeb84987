import type { Expr, Statement } from "../wasm/instructions.ts";

/** Runs one of two statements, the first where `condition` is not zero. */
export const ifElse = (
  condition: Expr<"i32">,
  then: Statement,
  otherwise: Statement,
): Statement => [
  ...condition.code,
  ...[0x04, 0x40],
  ...then,
  ...(otherwise.length === 0 ? [] : [0x05, ...otherwise]),
  0x0b,
];

/** The first value where `condition` is not zero, else the second; both are computed. */
export const choose = (
  condition: Expr<"i32">,
  then: Expr<"i32">,
  otherwise: Expr<"i32">,
): Expr<"i32"> => ({
  type: "i32",
  code: [...then.code, ...otherwise.code, ...condition.code, 0x1b],
});

/** Copies `count` bytes; the two stretches do not overlap. */
export const copyBytes = (to: Expr<"i32">, from: Expr<"i32">, count: Expr<"i32">): Statement => [
  ...to.code,
  ...from.code,
  ...count.code,
  ...[0xfc, 0x0a, 0x00, 0x00],
];

const wordAligned = 2;

/** The 32 bits at an address. */
export const loadWord = (address: Expr<"i32">): Expr<"i32"> => ({
  type: "i32",
  code: [...address.code, 0x28, wordAligned, 0],
});

/** Writes 32 bits. */
export const storeWord = (address: Expr<"i32">, value: Expr<"i32">): Statement => [
  ...address.code,
  ...value.code,
  0x36,
  wordAligned,
  0,
];
