import { leafToTensor } from "../internal/leaf-to-tensor.ts";
import { trusted } from "../internal/typed.ts";
import type { Ir } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import { isTracing } from "../ir/trace.ts";
import { runScope } from "../backend/scope.ts";
import { Tensor } from "../tensor.ts";
import { flatten, leafPaths, type Structure, unflatten } from "../tree/structure.ts";

/** Arguments taken apart into tensors. */
export type FlatArgs = { readonly leaves: readonly Tensor[]; readonly structure: Structure };

/** Takes a tree of tensors apart; numbers and booleans become scalars, other leaves are an error. */
export const flattenTensors = (operation: string, tree: unknown): FlatArgs => {
  const { leaves, structure } = flatten(tree);
  if (leaves.every((leaf) => leaf instanceof Tensor)) return { leaves, structure };
  const names = leafPaths(structure);
  return {
    leaves: leaves.map((leaf, i) => leafToTensor(operation, leaf, names[i] ?? "")),
    structure,
  };
};

/** A function traced at given arguments. */
export type TracedFunction = {
  readonly ir: Ir;
  readonly args: FlatArgs;
  readonly out: Structure;
};

/** Traces `fn` at the types of `args`; the outputs of the program are the leaves of its result. */
export const traceFunction = <A extends readonly unknown[]>(
  operation: string,
  fn: (...args: A) => unknown,
  args: A,
): TracedFunction => {
  const flat = flattenTensors(operation, args);
  return {
    args: flat,
    ...traceAt(
      operation,
      fn,
      flat.structure,
      flat.leaves.map((x) => x.aval),
    ),
  };
};

/** As `traceFunction`, for arguments known by structure and types only. */
export const traceAt = <A extends readonly unknown[]>(
  operation: string,
  fn: (...args: A) => unknown,
  structure: Structure,
  avals: readonly Tensor["aval"][],
): { readonly ir: Ir; readonly out: Structure } => {
  let out: Structure = { kind: "none", value: undefined };
  const ir = traceFlat(avals, (inputs) => {
    const flatOut = flattenTensors(operation, fn(...trusted<A>(unflatten(structure, inputs))));
    out = flatOut.structure;
    return flatOut.leaves;
  });
  return { ir, out };
};

const tensorsIn = (value: unknown): Tensor[] =>
  flatten(value).leaves.filter((leaf) => leaf instanceof Tensor);

/** Frees the intermediate tensors of `fn` when it runs eagerly; its results stay. */
export const scoped = <R>(fn: () => R): R => (isTracing() ? fn() : runScope(fn, tensorsIn));
