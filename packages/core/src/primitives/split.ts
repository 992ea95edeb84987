import { ShapeError } from "../errors.ts";
import { dim, formatShape, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { concatenateP } from "./concatenate.ts";
import { bind, bindOne, only, type Primitive } from "./primitive.ts";
import { pick, stridedOffsets } from "./transpose.ts";

/** Parameters of `split`: the sizes of the parts along `axis`, which fill it. */
export type SplitParams = { readonly axis: number; readonly sizes: readonly number[] };

const startsOf = (sizes: readonly number[]): readonly number[] =>
  sizes.map((_, i) => sizes.slice(0, i).reduce((n, size) => n + size, 0));

/** Cuts a tensor into parts along one axis; unlike slices, its transpose is one concatenation. */
export const splitP: Primitive<SplitParams> = {
  name: "split",
  abstractEval: (inputs, { axis, sizes }) => {
    const { shape, dtype } = only(inputs);
    if (sizes.reduce((n, size) => n + size, 0) !== dim(shape, axis))
      throw new ShapeError({
        operation: "split",
        rule: "the parts must fill the axis",
        got: `sizes [${sizes.join(",")}] along axis ${axis} of ${formatShape(shape)}`,
      });
    return sizes.map((size) => ({ dtype, shape: shape.map((d, i) => (i === axis ? size : d)) }));
  },
  evaluate: (inputs, { axis, sizes }) => {
    const x = only(inputs);
    const strides = stridesOf(x.shape);
    return startsOf(sizes).map((start, n) => {
      const shape = x.shape.map((d, i) => (i === axis ? dim(sizes, n) : d));
      return pick(x, shape, stridedOffsets(shape, strides, start * dim(strides, axis)));
    });
  },
  jvp: (_inputs, [t = null], outputs, params) =>
    t === null ? outputs.map(() => null) : bind(splitP, [t], params),
  transpose: (cotangents, inputs, { axis, sizes }) => {
    const like = cotangents.find((ct) => ct !== null);
    if (like === null || like === undefined) return [null];
    const { shape, dtype } = only(inputs).aval;
    const parts = sizes.map(
      (size, n): Tensor =>
        cotangents[n] ??
        like.literal(0, dtype).broadcastTo(shape.map((d, i) => (i === axis ? size : d))),
    );
    return [bindOne(concatenateP, parts, { axis })];
  },
  vmap: (inputs, _batched, { axis, sizes }) => ({
    outputs: bind(splitP, inputs, { axis: axis + 1, sizes }),
    batched: sizes.map(() => true),
  }),
  decompose: (inputs, { axis, sizes }) => {
    const x = only(inputs);
    return startsOf(sizes).map((from, n) =>
      x.slice(
        x.shape.map((_, i) => (i === axis ? from : 0)),
        x.shape.map((d, i) => (i === axis ? from + dim(sizes, n) : d)),
      ),
    );
  },
};
