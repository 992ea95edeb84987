import { BackendError, type Eqn, type Var } from "@adjoint/core/backend";
import type { SpecialPlan } from "../special/special-plan.ts";
import type { Layouts, Storage } from "./arrays.ts";
import type { Emitted } from "./emitted.ts";

const missing = (name: string): BackendError =>
  new BackendError({
    operation: "webgpu",
    rule: `a kernel names an array that is not there: ${name}`,
  });

/** The kernels of a primitive that has its own. */
export const specialKernels = (
  { kernels, temporaries }: SpecialPlan,
  eqn: Eqn,
  layouts: Layouts,
): readonly Emitted[] => {
  const named = new Map<string, Storage>();
  const note = (prefix: string, atoms: readonly (Var | Eqn["inputs"][number])[]): void =>
    atoms.forEach((atom, i) => {
      if (atom.kind === "var") named.set(`${prefix}${i}`, layouts.of(atom).storage);
    });
  note("in", eqn.inputs);
  note("out", eqn.outputs);
  for (const { name, element, count } of temporaries) named.set(name, { element, size: count });
  return kernels.map((kernel) => ({
    kernel,
    storages: kernel.operands.map(({ name }) => {
      const storage = named.get(name);
      if (storage === undefined) throw missing(name);
      return storage;
    }),
  }));
};
