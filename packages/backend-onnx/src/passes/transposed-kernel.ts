import type { Atom, Eqn, Ir } from "@adjoint/core/backend";
import {
  byRules,
  type Definitions,
  flagParam,
  mapBodies,
  numberParam,
  numbersParam,
  removeDeadCode,
  rewriteIr,
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

const markTransposedKernel: Rule = (eqn, definitions) => {
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

/**
 * A program whose gradients of what convolutions read take those convolutions' own kernels instead of turned copies of them. Only
 * the lowering to ONNX reads the mark: whatever runs equations by themselves must be given the program without it.
 */
export const markTransposedKernels = (ir: Ir): Ir => {
  const marked = rewriteIr(ir, byRules([markTransposedKernel], new Map()));
  return mapBodies(removeDeadCode(marked), markTransposedKernels);
};
