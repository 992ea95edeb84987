import type { Eqn } from "@adjoint/core/backend";
import { canCut } from "./can-cut.ts";
import { hasAttentionKernels } from "./attention-of.ts";
import { isMovement } from "../body/movement.ts";
import { spell } from "../wgsl/elementwise.ts";

/**
 * How an equation runs: `element` and `movement` are written into the kernels that need them, `reduction` is a kernel
 * that others can join, `dot` and `attention` are kernels with an end that others can join, `special` are kernels of
 * their own, `loop` is control flow, and `host` is computed by the reference kernels.
 */
export type Kind =
  | "element"
  | "movement"
  | "reduction"
  | "dot"
  | "attention"
  | "special"
  | "loop"
  | "host";

const reductions: ReadonlySet<string> = new Set([
  "sum",
  "prod",
  "reduceMax",
  "reduceMin",
  "any",
  "all",
]);

/** Whether a primitive reduces axes. */
export const isReduction = (name: string): boolean => reductions.has(name);

const attentions: ReadonlySet<string> = new Set(["attention", "attentionBackward"]);
const loops: ReadonlySet<string> = new Set(["scan", "while", "cond"]);

/** Whether an equation has to do with float64, which WGSL does not have. */
export const isWide = ({ inputs, outputs }: Eqn): boolean =>
  [...inputs, ...outputs].some(({ aval }) => aval.dtype === "float64");

/** What of the device decides how equations run. */
export type DeviceKinds = {
  /** Whether special kernels exist for an equation. */
  readonly hasSpecial: (eqn: Eqn) => boolean;
  /** Whether float16 is stored in two bytes. */
  readonly f16: boolean;
  readonly maxBindings: number;
};

/** How `eqn` runs. */
export const kindOf = (eqn: Eqn, device: DeviceKinds): Kind => {
  const { name } = eqn.primitive;
  if (isWide(eqn)) return "host";
  if (isMovement(name)) return "movement";
  if (isReduction(name)) return "reduction";
  if (name === "dotGeneral") return "dot";
  if (attentions.has(name)) return hasAttentionKernels(eqn, device) ? "attention" : "host";
  if (loops.has(name)) return canCut(eqn, device.f16) ? "loop" : "host";
  const dtypes = (atoms: Eqn["inputs"]) => atoms.map((a) => a.aval.dtype);
  const args = eqn.inputs.map((_, i) => `x${i}`);
  if (spell(name, eqn.params, args, dtypes(eqn.inputs), dtypes(eqn.outputs)) !== undefined)
    return "element";
  return device.hasSpecial(eqn) ? "special" : "host";
};

/** Rough cost of one element of an elementwise operation, in multiplications. */
export const costOf = (eqn: Eqn): number =>
  spell(
    eqn.primitive.name,
    eqn.params,
    eqn.inputs.map((_, i) => `x${i}`),
    eqn.inputs.map((a) => a.aval.dtype),
    eqn.outputs.map((v) => v.aval.dtype),
  )?.cost ?? 1;
