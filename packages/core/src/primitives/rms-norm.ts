import { allocate, at, type HostArray } from "../host-array.ts";
import { dim } from "../shape.ts";
import { addTangents, alignBatched } from "./elementwise.ts";
import {
  checkFeatures,
  type NormParams,
  rowStatistic,
  statisticShape,
  wideRule,
} from "./layer-norm.ts";
import { twoOperands, withBatch } from "./operands.ts";
import { bind, type Primitive } from "./primitive.ts";

const rmsNormHost = (x: HostArray, scale: HostArray, eps: number): readonly HostArray[] => {
  const width = dim(x.shape, x.shape.length - 1);
  const y = { ...x, data: allocate(x.dtype, x.data.length) };
  const rstds = rowStatistic(x);
  for (let row = 0; row < rstds.data.length; row++) {
    const base = row * width;
    let squares = 0;
    for (let i = 0; i < width; i++) squares += at(x.data, base + i) ** 2;
    const rstd = 1 / Math.sqrt(squares / width + eps);
    for (let i = 0; i < width; i++)
      y.data[base + i] = at(x.data, base + i) * rstd * at(scale.data, i);
    rstds.data[row] = rstd;
  }
  return [y, rstds];
};

/**
 * Root-mean-square normalisation over the last axis: (x (..., D), scale (D)) gives (y, 1 / sqrt(mean(x^2) + eps)),
 * the statistic with a last axis of size 1.
 * @see https://arxiv.org/abs/1910.07467
 */
export const rmsNormP: Primitive<NormParams> = {
  name: "rmsNorm",
  abstractEval: (inputs) => {
    const [x] = twoOperands("rmsNorm", inputs);
    checkFeatures("rmsNorm", inputs);
    return [x, { shape: statisticShape(x.shape), dtype: x.dtype }];
  },
  evaluate: (inputs, { eps }) => rmsNormHost(...twoOperands("rmsNorm", inputs), eps),
  jvp: /* @__PURE__ */ wideRule((inputs, [tx = null, tscale = null], outputs) => {
    const [x, scale] = twoOperands("rmsNorm", inputs);
    const [, rstd] = twoOperands("rmsNorm", outputs);
    const normal = x.mul(rstd);
    const dScale = tscale?.mul(normal) ?? null;
    if (tx === null) return [dScale, null];
    const along = normal.mul(tx).mean(-1, { keepDims: true });
    const dNormal = tx.sub(normal.mul(along)).mul(rstd);
    return [addTangents(dNormal.mul(scale), dScale), along.mul(rstd.mul(rstd)).neg()];
  }),
  vmap: (inputs, batched, params, { size }) => {
    const [x, scale] = twoOperands("rmsNorm", inputs);
    if (batched[1] !== true)
      return { outputs: bind(rmsNormP, inputs, params), batched: [true, true] };
    // a scale per example: normalise without, then apply it
    const rows = withBatch(x, batched[0], size);
    const ones = x.literal(1, x.dtype).broadcastTo(rows.shape.slice(-1));
    const [normal, rstd] = twoOperands("rmsNorm", bind(rmsNormP, [rows, ones], params));
    const [y, s] = twoOperands("rmsNorm", alignBatched([normal, scale], [true, true]));
    return { outputs: [y.mul(s), rstd], batched: [true, true] };
  },
  decompose: (inputs, { eps }) => {
    const [x, scale] = twoOperands("rmsNorm", inputs);
    const rstd = x.mul(x).mean(-1, { keepDims: true }).add(eps).rsqrt();
    return [x.mul(rstd).mul(scale), rstd];
  },
};
