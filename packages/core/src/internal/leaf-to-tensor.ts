import { ArgumentError } from "../errors.ts";
import { asTensor } from "../ops/operand.ts";
import { Tensor } from "../tensor.ts";

const kindOf = (value: unknown): string =>
  typeof value === "object" && value !== null ? `a ${value.constructor.name}` : typeof value;

/** A tensor for a leaf of an argument tree; throws ArgumentError naming its path. */
export const leafToTensor = (operation: string, leaf: unknown, path: string): Tensor => {
  if (leaf instanceof Tensor) return leaf;
  if (typeof leaf === "number") return Tensor.number(leaf);
  if (typeof leaf === "boolean") return asTensor(leaf);
  throw new ArgumentError({
    operation,
    rule: "leaves of arguments and results must be tensors, numbers or booleans",
    got: `${kindOf(leaf)}${path === "" ? "" : ` at ${path}`}`,
    fix:
      operation === "jit"
        ? "close over it, or name its argument in staticArgnums"
        : "close over it",
  });
};
