import { type Eqn, sizeOf } from "@adjoint/core/backend";
import { numbersParam, paramsKey } from "@adjoint/core/passes";
import { analyzeKernel } from "../wasm/analyze-kernel.ts";
import { type KernelAxes, KernelProgramError } from "../wasm/kernel-program.ts";
import { kernelTypeOf } from "./kernel-type.ts";
import { StepBuilder } from "./step-builder.ts";
import { stepRules } from "./step-rules.ts";

const whole: KernelAxes = { blocks: true, rows: true, columns: true };

/** Number of elements an equation is computed over: those of its result, or, for a sum, of its operand. */
export const extentOf = ({ primitive, inputs, outputs }: Eqn): number =>
  sizeOf((primitive.name === "sum" ? inputs : outputs)[0]?.aval.shape ?? []);

/** Whether an equation sums all elements of a float32. */
export const isTotal = ({ primitive, params, inputs }: Eqn): boolean =>
  primitive.name === "sum" &&
  inputs[0]?.aval.dtype === "float32" &&
  numbersParam(params, "axes").length === inputs[0].aval.shape.length;

const types = new Map<string, boolean>();

/** Whether a kernel can compute an equation, shapes aside. */
const hasSteps = (eqn: Eqn): boolean => {
  const rule = stepRules[eqn.primitive.name];
  if (rule === undefined) return false;
  const key = `${eqn.primitive.name}${paramsKey(eqn.params)}${eqn.inputs.map((a) => a.aval.dtype).join()}`;
  const known = types.get(key);
  if (known !== undefined) return known;
  const inputs = eqn.inputs
    .flatMap(({ aval }) => kernelTypeOf(aval.dtype) ?? [])
    .map((dtype) => ({ dtype, axes: whole }));
  const result = inputs.length === eqn.inputs.length && isAccepted(eqn, inputs);
  types.set(key, result);
  return result;
};

const isAccepted = (eqn: Eqn, inputs: Parameters<typeof analyzeKernel>[0]["inputs"]): boolean => {
  const builder = new StepBuilder(inputs);
  const value = stepRules[eqn.primitive.name]?.(
    builder,
    inputs.map((_, i) => i),
    eqn,
  );
  if (value === undefined) return false;
  try {
    analyzeKernel({ inputs, steps: builder.steps, outputs: [{ value, axes: whole }] });
    return true;
  } catch (error) {
    if (error instanceof KernelProgramError) return false;
    throw error;
  }
};

/** Whether an equation works on elements alone: operands as large as the result, or of one element. */
export const isFusible = (eqn: Eqn): boolean => {
  const size = extentOf(eqn);
  if (size === 0 || eqn.outputs.length !== 1) return false;
  if (isTotal(eqn)) return true;
  return hasSteps(eqn) && eqn.inputs.every(({ aval }) => [1, size].includes(sizeOf(aval.shape)));
};
