import { type Aval, type Eqn, isFloat, type Params, sizeOf } from "@adjoint/core/backend";
import { flagParam, numberParam } from "@adjoint/core/passes";

/** Operands of `attention` that may be left out, in the order in which they follow q, k and v. */
export type AttentionExtra = "mask" | "bias" | "key";

/** Where an optional operand is among the inputs; undefined when it is not there. */
export const extraIndex = (params: Params, name: AttentionExtra): number | undefined => {
  const extras: unknown = params["extras"];
  const index = Array.isArray(extras) ? extras.indexOf(name) : -1;
  return index < 0 ? undefined : 3 + index;
};

/** How many optional operands there are. */
export const extraCount = (params: Params): number => {
  const extras: unknown = params["extras"];
  return Array.isArray(extras) ? extras.length : 0;
};

/** Arrays of the kernel that has the most of them, optional ones aside: q, k, v, dy, two of results and statistics. */
const mostOperands = 8;

/** Largest head that the kernels hold in registers. */
const widest = 256;

/** Leading axes of a mask or bias are all there or none is, so that one stride goes over all of them. */
const isEven = (extra: Aval | undefined, q: Aval): boolean => {
  if (extra === undefined) return true;
  const lead = q.shape.length - 3;
  const own = extra.shape.slice(0, Math.max(0, extra.shape.length - 3));
  const isSingle = own.every((d) => d === 1);
  return lead <= 1 || isSingle || own.join() === q.shape.slice(0, lead).join();
};

/** Whether there are kernels for `attention` or `attentionBackward` with these operands. */
export const hasAttentionKernels = (
  { params, inputs, outputs }: Eqn,
  { f16, maxBindings }: { readonly f16: boolean; readonly maxBindings: number },
): boolean => {
  const [q, , v] = inputs.map((x) => x.aval);
  if (q === undefined || v === undefined || !isFloat(q.dtype)) return false;
  const isStored = q.dtype === "float32" || (q.dtype === "float16" && f16);
  const extra = (name: AttentionExtra): Aval | undefined =>
    inputs[extraIndex(params, name) ?? -1]?.aval;
  const sizes = [q, v].map(({ shape }) => shape.at(-1) ?? 0);
  return (
    isStored &&
    mostOperands + extraCount(params) <= maxBindings &&
    !flagParam(params, "biasGradient") &&
    sizes.every((n) => n > 0 && n <= widest) &&
    inputs.every((x) => sizeOf(x.aval.shape) > 0) &&
    outputs.every((x) => sizeOf(x.aval.shape) > 0) &&
    isEven(extra("mask"), q) &&
    isEven(extra("bias"), q)
  );
};

/** A number parameter, undefined where 0 stands for none. */
export const optionalParam = (params: Params, name: string): number | undefined => {
  const value = numberParam(params, name);
  return value === 0 ? undefined : value;
};
