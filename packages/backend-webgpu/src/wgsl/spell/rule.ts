import type { DType, Params } from "@adjoint/core/backend";
import type { valueType } from "../value.ts";

/** A primitive applied to expressions; `dtype` and `type` are those of the first operand. */
export type Call = {
  readonly args: readonly string[];
  readonly dtype: DType;
  readonly type: ReturnType<typeof valueType>;
  /** dtype of the first output. */
  readonly out: DType;
  readonly params: Params;
};

/** What it becomes: an expression, or one for each of several outputs. */
export type Spelled = { readonly code: string | readonly string[]; readonly cost: number };

/** How a primitive is written. */
export type Rule = (call: Call) => Spelled;

/** The operands of an operation that takes up to four, absent ones empty. */
export const operandsOf = ({ args }: Call): readonly [string, string, string, string] => {
  const [a = "", b = "", c = "", d = ""] = args;
  return [a, b, c, d];
};

/** An infix operator, whatever the type. */
export const infix =
  (operator: string): Rule =>
  (call) => {
    const [a, b] = operandsOf(call);
    return { code: `(${a} ${operator} ${b})`, cost: 1 };
  };

/** A function of all operands, whatever the type. */
export const calls =
  (name: string, cost: number): Rule =>
  ({ args }) => ({ code: `${name}(${args.join(", ")})`, cost });

/** A rule for each value type. */
export const byType =
  (rules: Readonly<Record<"f32" | "i32" | "u32", Rule>> & { readonly bool?: Rule }): Rule =>
  (call) =>
    (call.type === "bool" ? (rules.bool ?? rules.u32) : rules[call.type])(call);

/** The operand itself. */
export const identity: Rule = ({ args: [x = ""] }) => ({ code: x, cost: 0 });
