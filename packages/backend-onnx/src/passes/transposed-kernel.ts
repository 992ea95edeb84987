import type { Atom, Eqn } from "@adjoint/core/backend";
import {
  type Definitions,
  flagParam,
  numberParam,
  numbersParam,
  type Rule,
} from "@adjoint/core/passes";
import { hasKernel } from "../lower/support.ts";

/** Whether a list counts from `first` on, in any order. */
const isRange = (list: readonly number[], first: number, length: number): boolean =>
  list.length === length &&
  new Set(list).size === length &&
  list.every((n) => n >= first && n < first + length);

const isExchange = ({ primitive, params }: Eqn): boolean => {
  if (primitive.name !== "transpose") return false;
  const [first, second, ...rest] = numbersParam(params, "perm");
  return first === 1 && second === 0 && rest.every((axis, i) => axis === i + 2);
};

const isWholeFlip = ({ primitive, params, inputs }: Eqn): boolean =>
  primitive.name === "flip" &&
  isRange(numbersParam(params, "axes"), 2, (inputs[0]?.aval.shape.length ?? 0) - 2);

/** What was made this kernel by exchanging the first two axes and flipping all others, in either order. */
const sourceOf = (kernel: Atom | undefined, definitions: Definitions): Atom | undefined => {
  const last = definitions.of(kernel);
  const first = definitions.of(last?.inputs[0]);
  if (last === undefined || first === undefined) return undefined;
  const isBoth =
    (isExchange(last) && isWholeFlip(first)) || (isWholeFlip(last) && isExchange(first));
  return isBoth ? first.inputs[0] : undefined;
};

/** Lets the gradient of what a convolution reads take that convolution's own kernel instead of a turned copy of it. */
export const markTransposedKernel: Rule = (eqn, definitions) => {
  const { primitive, inputs, params } = eqn;
  if (primitive.name !== "conv" || !hasKernel(eqn) || flagParam(params, "kernelTransposed"))
    return undefined;
  const isSimple =
    numberParam(params, "groups") === 1 &&
    numberParam(params, "batchGroups") === 1 &&
    numbersParam(params, "strides").every((stride) => stride === 1);
  const [x, kernel] = inputs;
  const source = isSimple ? sourceOf(kernel, definitions) : undefined;
  if (x === undefined || source === undefined) return undefined;
  const marked = { ...eqn, inputs: [x, source], params: { ...params, kernelTransposed: true } };
  return { eqns: [marked], outputs: eqn.outputs };
};
