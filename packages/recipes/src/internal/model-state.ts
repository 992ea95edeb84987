import { ArgumentError, type Tensor } from "@adjoint/core";
import { leaves, paths } from "@adjoint/core/tree";
import { differences } from "../checkpoint/named-tensors.ts";
import { isTensor } from "./trusted.ts";

const tensorsOf = (state: unknown): ReadonlyMap<string, Tensor> => {
  const names = paths(state);
  const found = new Map<string, Tensor>();
  leaves(state).forEach((leaf: unknown, i) => {
    if (isTensor(leaf)) found.set(names[i] || "state", leaf);
  });
  return found;
};

/** The next state of a model; throws ArgumentError where it is not like the one before. */
export const checkedState = <S>(next: S, before: S): S => {
  const [problem] = differences(tensorsOf(next), tensorsOf(before));
  if (problem === undefined) return next;
  throw new ArgumentError({
    operation: "pretrain",
    rule: "the loss must give a state with the tensors of the one it was given",
    got: problem,
    fix: "return { loss, state } with the state that the layers gave, in its own dtypes",
  });
};
