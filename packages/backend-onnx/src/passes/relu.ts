import { maximum } from "@adjoint/core";
import { isLiteral, recorded, type Rule } from "@adjoint/core/passes";

/** `where(x <= 0, 0, x)` as the maximum of `x` and 0: one pass over `x` instead of two; NaN stays NaN in both. */
export const reluAsMaximum: Rule = ({ primitive, inputs }, definitions) => {
  const [condition, zero, x] = inputs;
  if (primitive.name !== "where" || x === undefined) return undefined;
  const [left, right] = definitions.by(condition, "lessEqual")?.inputs ?? [];
  const isZero = [zero, right].every((atom) => isLiteral(atom) && atom.value === 0);
  return isZero && left === x
    ? recorded([x], ([t]) => (t === undefined ? [] : [maximum(t, 0)]))
    : undefined;
};
