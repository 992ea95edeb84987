import type { DType, Params } from "@adjoint/core/backend";
import { arithmetic } from "./spell/arithmetic.ts";
import { conversion } from "./spell/conversion.ts";
import { functionsOfOne } from "./spell/functions-of-one.ts";
import { logic } from "./spell/logic.ts";
import type { Call, Rule } from "./spell/rule.ts";
import { isLiteral } from "./literal.ts";
import { libraryIn } from "./library.ts";
import { valueType } from "./value.ts";

export { isLiteral, literalOf } from "./literal.ts";
export { libraryIn, libraryOf } from "./library.ts";
export { fromStored, type HalfStorage, storageType, toStored, valueType } from "./value.ts";

/** An elementwise operation in WGSL. */
export type Spelling = {
  /** An expression for each output, parenthesised or a call, of the value type of the output's dtype. */
  readonly results: readonly string[];
  /** Names of the library functions it calls, for `libraryOf`. */
  readonly library: readonly string[];
  /** Rough cost in multiplications. */
  readonly cost: number;
};

const rules: Readonly<Record<string, Rule>> = {
  ...arithmetic,
  ...functionsOfOne,
  ...logic,
  ...conversion,
};

/** An operation on literals alone would be a constant expression, where overflow is an error instead of infinity. */
const withoutConstants = (args: readonly string[], dtypes: readonly DType[]): readonly string[] =>
  args.length > 0 && args.every(isLiteral)
    ? args.map((arg, i) => `adj_opaque_${valueType(dtypes[i] ?? "float32")}(${arg})`)
    : args;

/**
 * Spells an elementwise primitive in WGSL, to the semantics of its reference evaluation, in float32 for every float dtype; casts to
 * a half dtype round. `args` are names or parenthesised expressions of the operands' value types, each used several times;
 * undefined for primitives that are not elementwise.
 */
export const spell = (
  primitive: string,
  params: Params,
  args: readonly string[],
  dtypes: readonly DType[],
  outDtypes: readonly DType[],
): Spelling | undefined => {
  const rule = Object.hasOwn(rules, primitive) ? rules[primitive] : undefined;
  if (rule === undefined) return undefined;
  const [dtype = "float32"] = dtypes;
  const call: Call = {
    args: withoutConstants(args, dtypes),
    dtype,
    type: valueType(dtype),
    out: outDtypes[0] ?? dtype,
    params,
  };
  const { code, cost } = rule(call);
  const results = typeof code === "string" ? [code] : code;
  return { results, library: libraryIn(results.join(" ")), cost };
};
