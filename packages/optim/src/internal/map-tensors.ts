import type { Tensor } from "@adjoint/core";
import { map } from "@adjoint/core/tree";
import type { OptState } from "../gradient-transformation.ts";

// `tree.map` over any number of trees. TypeScript cannot follow that each has the structure of the first and leaves
// that `fn` takes; both hold for gradients and updates of parameters, and for states that their own rule made.
// A tree of another structure is refused by `tree.map` itself.

type Leaves = readonly unknown[];
type MapAny = (fn: (...leaves: readonly never[]) => unknown, ...trees: Leaves) => unknown;

/** A tree like `first`, of what `fn` gives for each leaf of `first` and the matching leaves of the others. */
export const mapTensors = <P, L extends Leaves = readonly Tensor[]>(
  fn: (...leaves: L) => Tensor,
  first: P,
  ...rest: Leaves
): P =>
  (map as unknown as MapAny)(fn as unknown as (...leaves: readonly never[]) => unknown, first, ...rest) as P;

/** As `mapTensors`, for a part of a state. */
export const mapState = (fn: (...leaves: readonly Tensor[]) => Tensor, ...trees: readonly [unknown, ...Leaves]): OptState =>
  mapTensors(fn, ...trees) as OptState;
