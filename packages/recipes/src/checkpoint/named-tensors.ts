import type { Tensor } from "@adjoint/core";
import { leaves, paths } from "@adjoint/core/tree";
import { isTensor } from "../internal/trusted.ts";
import { CheckpointError } from "./checkpoint-error.ts";

const refuse = (rule: string, got: string, fix: string): CheckpointError =>
  new CheckpointError({ operation: "encodeCheckpoint", rule, got, fix });

/** The tensors of a state tree by their paths. Throws CheckpointError for a state that has no such form. */
export const namedTensors = (state: unknown): ReadonlyMap<string, Tensor> => {
  const names = paths(state);
  const found = new Map<string, Tensor>();
  leaves(state).forEach((leaf: unknown, i) => {
    const name = names[i] === undefined || names[i] === "" ? "value" : names[i];
    if (!isTensor(leaf))
      throw refuse(
        "a state holds tensors only",
        `${typeof leaf} at ${name}`,
        "keep plain values in the metadata",
      );
    if (found.has(name) || name === "__metadata__")
      throw refuse("every tensor needs a name of its own", `${name} twice`, "rename a key");
    found.set(name, leaf);
  });
  return found;
};

const typeOf = (x: Tensor): string => `${x.dtype}[${x.shape.join(",")}]`;

const listed = (names: readonly string[]): string =>
  names.length <= 5
    ? names.join(", ")
    : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;

/** What tells two sets of tensors apart, in words; nothing when they have the same names, shapes and dtypes. */
export const differences = (
  found: ReadonlyMap<string, Tensor>,
  wanted: ReadonlyMap<string, Tensor>,
): readonly string[] => {
  const missing = [...wanted.keys()].filter((name) => !found.has(name));
  const extra = [...found.keys()].filter((name) => !wanted.has(name));
  const changed = [...wanted].flatMap(([name, x]) => {
    const y = found.get(name);
    return y === undefined || typeOf(x) === typeOf(y)
      ? []
      : [`${name} is ${typeOf(y)} instead of ${typeOf(x)}`];
  });
  return [
    ...(missing.length === 0 ? [] : [`missing ${listed(missing)}`]),
    ...(extra.length === 0 ? [] : [`unknown ${listed(extra)}`]),
    ...(changed.length === 0 ? [] : [listed(changed)]),
  ];
};
