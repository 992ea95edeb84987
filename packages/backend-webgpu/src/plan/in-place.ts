import type { Var } from "@adjoint/core/backend";
import type { Storage } from "../emit/arrays.ts";
import type { Result } from "./program.ts";
import { mayShare, type Step, storagesOf } from "./step.ts";

type Task = { readonly steps: readonly Step[]; readonly inputs: readonly Storage[] };

const lastUse = ({ steps }: Task, storage: Storage): number =>
  steps.findLastIndex((step) => storagesOf(step).includes(storage));

const firstUse = ({ steps }: Task, storage: Storage): number =>
  steps.findIndex((step) => storagesOf(step).includes(storage));

/** Whether a result may lie where an input is: nothing reads the input after the result is begun. */
const fits = (task: Task, input: Storage, result: Storage): boolean => {
  const [last, first] = [lastUse(task, input), firstUse(task, result)];
  if (last < first) return true;
  return last === first && mayShare(task.steps[first], input, result);
};

/** For results of a program: the donated input whose place they take, the first that fits. */
export const inPlaceResults = (
  task: Task,
  results: readonly Result[],
  inputs: readonly Var[],
  donated: readonly boolean[],
): ReadonlyMap<Storage, number> => {
  const taken = new Set(results.flatMap((r) => (r.kind === "input" ? [r.index] : [])));
  const chosen = new Map<Storage, number>();
  for (const result of results) {
    if (result.kind === "input") continue;
    const { aval, storage } = result;
    const place = inputs.findIndex(
      ({ aval: own }, i) =>
        donated[i] === true &&
        !taken.has(i) &&
        own.dtype === aval.dtype &&
        own.shape.join() === aval.shape.join() &&
        fits(task, task.inputs[i] ?? storage, storage),
    );
    if (place < 0) continue;
    taken.add(place);
    chosen.set(storage, place);
  }
  return chosen;
};
