import { dim, stridesOf } from "../shape.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import type { ReduceParams } from "./reduction.ts";
import { pick, stridedOffsets } from "./transpose.ts";

/** Reverses the order of the elements along `axes`. */
export const flipP: Primitive<ReduceParams> = {
  name: "flip",
  abstractEval: (inputs) => [only(inputs)],
  evaluate: (inputs, { axes }) => {
    const x = only(inputs);
    const strides = stridesOf(x.shape);
    const base = axes.reduce(
      (sum, a) => sum + Math.max(0, dim(x.shape, a) - 1) * dim(strides, a),
      0,
    );
    const steps = strides.map((s, i) => (axes.includes(i) ? -s : s));
    return [pick(x, x.shape, stridedOffsets(x.shape, steps, base))];
  },
  jvp: (_inputs, [t = null], _outputs, params) => [t === null ? null : bindOne(flipP, [t], params)],
  transpose: (cotangents, _inputs, params) => {
    const ct = only(cotangents);
    return [ct === null ? null : bindOne(flipP, [ct], params)];
  },
  vmap: (inputs, _batched, { axes }) => ({
    outputs: [bindOne(flipP, inputs, { axes: axes.map((a) => a + 1) })],
    batched: [true],
  }),
};
