import { scan, type Tensor } from "@adjoint/core";

/** `scan` for a state type that is a tree of tensors already: sound then, as `TensorTree<S>` is `S`. */
export const scanned = <S, X>(
  body: (state: S, x: X) => readonly [S, Tensor],
  init: S,
  xs: X,
  reverse: boolean,
): readonly [S, Tensor] => scan(body, init, xs, { reverse }) as unknown as readonly [S, Tensor];
