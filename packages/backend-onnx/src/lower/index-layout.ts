import type { Shape } from "@adjoint/core/backend";
import { binary, like } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { Value } from "./value.ts";

type G = GraphBuilder;

/** How an operand [B..., I..., S...] and indices [B..., O..., k] fit together. */
export type Layout = {
  readonly batch: Shape;
  readonly inner: Shape;
  readonly outer: Shape;
  readonly window: Shape;
};

/** Splits the shapes of an operand and of indices. */
export const layoutOf = (x: Value, indices: Value, batchDims: number): Layout => {
  const k = indices.shape.at(-1) ?? 0;
  return {
    batch: x.shape.slice(0, batchDims),
    inner: x.shape.slice(batchDims, batchDims + k),
    outer: indices.shape.slice(batchDims, -1),
    window: x.shape.slice(batchDims + k),
  };
};

/** Largest index of each component. */
export const limits = (g: G, inner: Shape): Value =>
  g.constant(
    "int32",
    inner.map((d) => d - 1),
    inner.length === 1 ? [] : [inner.length],
  );

/** Indices brought into range. */
export const clamp = (g: G, indices: Value, inner: Shape): Value =>
  binary(g, "Min", binary(g, "Max", indices, like(g, 0, indices)), limits(g, inner));
