import { type Atom, type Eqn, sizeOf, Var } from "@adjoint/core/backend";
import { type BuiltKernel, buildKernel } from "./build-kernel.ts";
import { kernelGroups } from "./kernel-groups.ts";

/** A stretch of kernel memory, in bytes. */
export type Slot = { readonly offset: number; readonly length: number };

/** Kernels in order, and where their arrays lie. */
export type KernelPlan = {
  readonly kernels: readonly BuiltKernel[];
  readonly slots: ReadonlyMap<Var, Slot>;
  /** For an output of the program, the donated input whose place it takes. */
  readonly updates: ReadonlyMap<Var, Var>;
  /** Bytes in all. */
  readonly size: number;
};

const alignment = 64;

const bytesOf = ({ aval }: Var): number => sizeOf(aval.shape) * (aval.dtype === "bool" ? 1 : 4);

/** The last kernel that reads each name. */
const lastReads = (kernels: readonly BuiltKernel[]): ReadonlyMap<Var, number> =>
  new Map(kernels.flatMap(({ inputs }, i) => inputs.map((v) => [v, i] as const)));

const keyOf = ({ aval }: Atom): string => `${aval.dtype}[${aval.shape.join()}]`;

/** How far outputs are shifted against the donated inputs they are new versions of, where most types agree. */
const shiftOf = (donated: readonly Var[], outputs: readonly Atom[]): number => {
  const agreement = (shift: number): number =>
    donated.filter((v, i) => keyOf(v) === keyOf(outputs[i + shift] ?? v) && outputs[i + shift])
      .length;
  let best = 0;
  for (let shift = 0; shift < outputs.length; shift++)
    if (agreement(shift) > agreement(best)) best = shift;
  return best;
};

/**
 * Pairs outputs with donated inputs of the same place in the state. An output may take the place of an input that no
 * kernel reads after the one that writes it, and that is not a result itself.
 */
const updatesOf = (
  kernels: readonly BuiltKernel[],
  donated: readonly Var[],
  outputs: readonly Atom[],
): ReadonlyMap<Var, Var> => {
  const last = lastReads(kernels);
  const madeBy = new Map(
    kernels.flatMap((kernel, i) => kernel.outputs.map((v) => [v, i] as const)),
  );
  const shift = shiftOf(donated, outputs);
  const updates = new Map<Var, Var>();
  donated.forEach((input, i) => {
    const output = outputs[i + shift];
    if (
      !(output instanceof Var) ||
      updates.has(output) ||
      outputs.includes(input) ||
      keyOf(output) !== keyOf(input)
    )
      return;
    const made = madeBy.get(output);
    if (
      made === undefined ||
      (last.get(input) ?? 0) > made ||
      !isInPlace(kernels[made], input, output)
    )
      return;
    updates.set(output, input);
  });
  return updates;
};

/** Whether a kernel may write `output` over `input`: it reads each element before it writes there, or not at all. */
const isInPlace = (kernel: BuiltKernel | undefined, input: Var, output: Var): boolean => {
  const axes = kernel?.program.outputs[kernel.outputs.indexOf(output)]?.axes;
  return axes?.columns === true || kernel?.inputs.includes(input) === false;
};

/** Plans the kernels for `eqns`, whose results in `outputs` and in `outputs` of the program are kept. */
export const planKernels = (
  eqns: readonly Eqn[],
  donated: readonly Var[],
  outputs: readonly Atom[],
): KernelPlan => {
  const groups = kernelGroups(eqns);
  const results = new Set(outputs);
  const groupOf = new Map(
    groups.flatMap((group) => group.eqns.flatMap((e) => e.outputs.map((v) => [v, group] as const))),
  );
  const crossing = new Set<Var>();
  for (const group of groups)
    for (const eqn of group.eqns)
      for (const a of eqn.inputs) if (a instanceof Var && groupOf.get(a) !== group) crossing.add(a);
  const kernels = groups.map((group) =>
    buildKernel(group, (v) => results.has(v) || crossing.has(v)),
  );
  const updates = updatesOf(kernels, donated, outputs);
  const slots = new Map<Var, Slot>();
  let size = 0;
  const place = (v: Var): void => {
    const source = updates.get(v);
    if (slots.has(v)) return;
    if (source !== undefined) {
      place(source);
      slots.set(v, slots.get(source) ?? { offset: 0, length: 0 });
      return;
    }
    const length = bytesOf(v);
    slots.set(v, { offset: size, length });
    size += Math.ceil(length / alignment) * alignment;
  };
  for (const { inputs, outputs: made } of kernels) [...inputs, ...made].forEach(place);
  return { kernels, slots, updates, size };
};
