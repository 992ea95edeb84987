import { binaryNames, unaryNames } from "../wasm/elementwise-names.ts";
import type { Eqn } from "@adjoint/core/backend";
import { numberParam, textParam } from "@adjoint/core/passes";
import type { KernelBinary, KernelComparison, KernelUnary } from "../wasm/kernel-program.ts";
import { kernelTypeOf } from "./kernel-type.ts";
import type { StepBuilder } from "./step-builder.ts";

/** Adds the steps of an equation on the values `args`; gives the number of the result, or undefined when it cannot. */
export type StepRule = (
  steps: StepBuilder,
  args: readonly number[],
  eqn: Eqn,
) => number | undefined;

const unary =
  (op: KernelUnary): StepRule =>
  (steps, [x = 0]) =>
    steps.add({ op, args: [x] });

const binary =
  (op: KernelBinary | KernelComparison): StepRule =>
  (steps, [x = 0, y = 0]) =>
    steps.add({ op, args: [x, y] });

const same: StepRule = (_steps, [x]) => x;

const select: StepRule = (steps, [condition = 0, x = 0, y = 0]) =>
  steps.add({ op: "select", args: [condition, x, y] });

const convert: StepRule = (steps, [x = 0], { params }) => {
  const dtype = kernelTypeOf(textParam(params, "dtype"));
  return dtype && steps.add({ op: "convert", dtype, args: [x] });
};

const longestChain = 16;

/** Squares and multiplies, as the graphs do. */
const integerPow: StepRule = (steps, [x = 0], { params, inputs: [operand] }) => {
  const exponent = numberParam(params, "exponent");
  if (exponent === -1 && operand?.aval.dtype === "float32")
    return steps.add({ op: "div", args: [steps.constant("float32", 1), x] });
  if (exponent < 1 || exponent > longestChain) return undefined;
  let result: number | undefined;
  let power = x;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1)
      result = result === undefined ? power : steps.add({ op: "mul", args: [result, power] });
    if (e > 1) power = steps.add({ op: "mul", args: [power, power] });
  }
  return result;
};

/** Elementwise primitives that generated kernels can compute, by name. */
export const stepRules: Readonly<Partial<Record<string, StepRule>>> = {
  ...Object.fromEntries(unaryNames.map((op) => [op, unary(op)])),
  ...Object.fromEntries(binaryNames.map((op) => [op, binary(op)])),
  ...{ shiftLeft: binary("shiftLeft"), shiftRightLogical: binary("shiftRightLogical") },
  ...{ where: select, cast: convert, integerPow },
  ...{ stopGradient: same, barrier: same, reshape: same, broadcastTo: same },
};
