import { DTypeError, ShapeError } from "../errors.ts";
import { allocate, at, type HostArray } from "../host-array.ts";
import type { Aval } from "../ir/aval.ts";
import { dim, formatShape, type Shape } from "../shape.ts";
import { widen } from "../promote.ts";
import type { Tensor } from "../tensor.ts";
import { addTangents, alignBatched } from "./elementwise.ts";
import { threeOperands, withBatch } from "./operands.ts";
import { bind, type Primitive, type Tangent } from "./primitive.ts";
import { checkDomain, formatAvals } from "./unary.ts";

/** Parameters of the normalisations: what is added to the variance before the square root. */
export type NormParams = { readonly eps: number };

/** Throws unless `x` (..., D) and its per-feature operands (D) fit. */
export const checkFeatures = (operation: string, inputs: readonly Aval[]): void => {
  const [x, ...vectors] = inputs;
  if (x === undefined) return;
  checkDomain(operation, "float", x.dtype);
  if (vectors.some((v) => v.dtype !== x.dtype))
    throw new DTypeError({
      operation,
      rule: "operands must have one dtype",
      got: formatAvals(inputs),
    });
  if (
    x.shape.length === 0 ||
    vectors.some((v) => v.shape.length !== 1 || v.shape[0] !== x.shape.at(-1))
  )
    throw new ShapeError({
      operation,
      rule: "takes x (..., D) and one number per feature (D)",
      got: inputs.map((i) => formatShape(i.shape)).join(" and "),
    });
};

/** Shape of a statistic per row: the last axis has size 1. */
export const statisticShape = (shape: Shape): Shape => [...shape.slice(0, -1), 1];

/** Array of one number per row of `x`. */
export const rowStatistic = (x: HostArray): HostArray => {
  const shape = statisticShape(x.shape);
  const rows = shape.reduce((n, d) => n * d, 1);
  return { shape, dtype: x.dtype, data: allocate(x.dtype, rows) };
};

const layerNormHost = (
  x: HostArray,
  scale: HostArray,
  bias: HostArray,
  eps: number,
): readonly HostArray[] => {
  const width = dim(x.shape, x.shape.length - 1);
  const y = { ...x, data: allocate(x.dtype, x.data.length) };
  const [means, rstds] = [rowStatistic(x), rowStatistic(x)];
  for (let row = 0; row < means.data.length; row++) {
    const base = row * width;
    let sum = 0;
    for (let i = 0; i < width; i++) sum += at(x.data, base + i);
    const mean = sum / width;
    let squares = 0; // second pass: sum(x^2) / n - mean^2 would cancel
    for (let i = 0; i < width; i++) squares += (at(x.data, base + i) - mean) ** 2;
    const rstd = 1 / Math.sqrt(squares / width + eps);
    for (let i = 0; i < width; i++)
      y.data[base + i] =
        (at(x.data, base + i) - mean) * rstd * at(scale.data, i) + at(bias.data, i);
    means.data[row] = mean;
    rstds.data[row] = rstd;
  }
  return [y, means, rstds];
};

type Rule = NonNullable<Primitive<NormParams>["jvp"]>;

/**
 * A rule for tangents that computes in float32 at least, as the kernels do: in half precision, sums over a row on the way
 * back overflow long before what they give does.
 */
export const wideRule =
  (rule: Rule): Rule =>
  (inputs, tangents, outputs, params) => {
    const dtype = inputs[0]?.dtype ?? "float32";
    const wide = tangents.map((t) => (t === null ? null : widen(t)));
    const results = rule(inputs.map(widen), wide, outputs.map(widen), params);
    return results.map((t) => t?.cast(dtype) ?? null);
  };

const rowMean = (x: Tensor): Tensor => x.mean(-1, { keepDims: true });

/** `factor * tangent`, zero when the tangent is. */
const scaled = (tangent: Tangent, factor: Tensor): Tangent => tangent?.mul(factor) ?? null;

const spread = (tangent: Tangent, like: Tensor): Tangent =>
  tangent?.broadcastTo(like.shape) ?? null;

const normTangents = (
  [x, scale]: readonly [Tensor, Tensor, Tensor],
  [tx, tscale, tbias]: readonly [Tangent, Tangent, Tangent],
  [, mean, rstd]: readonly [Tensor, Tensor, Tensor],
): readonly Tangent[] => {
  const normal = x.sub(mean).mul(rstd);
  const affine = addTangents(scaled(tscale, normal), spread(tbias, x));
  if (tx === null) return [affine, null, null];
  const dMean = rowMean(tx);
  const along = rowMean(normal.mul(tx));
  const dNormal = tx.sub(dMean).sub(normal.mul(along)).mul(rstd);
  return [addTangents(dNormal.mul(scale), affine), dMean, along.mul(rstd.mul(rstd)).neg()];
};

/**
 * Layer normalisation over the last axis: (x (..., D), scale (D), bias (D)) gives (y, mean, 1 / sqrt(var + eps)),
 * the statistics with a last axis of size 1. The variance is taken in a second pass around the mean.
 * @see https://arxiv.org/abs/1607.06450
 */
export const layerNormP: Primitive<NormParams> = {
  name: "layerNorm",
  abstractEval: (inputs) => {
    const [x] = threeOperands("layerNorm", inputs);
    checkFeatures("layerNorm", inputs);
    const statistic = { shape: statisticShape(x.shape), dtype: x.dtype };
    return [x, statistic, statistic];
  },
  evaluate: (inputs, { eps }) => layerNormHost(...threeOperands("layerNorm", inputs), eps),
  jvp: /* @__PURE__ */ wideRule((inputs, [tx = null, tscale = null, tbias = null], outputs) =>
    normTangents(
      threeOperands("layerNorm", inputs),
      [tx, tscale, tbias],
      threeOperands("layerNorm", outputs),
    ),
  ),
  vmap: (inputs, batched, params, { size }) => {
    const [x, scale, bias] = threeOperands("layerNorm", inputs);
    if (batched[1] !== true && batched[2] !== true)
      return { outputs: bind(layerNormP, inputs, params), batched: [true, true, true] };
    // a scale per example: normalise without, then apply it
    const rows = withBatch(x, batched[0], size);
    const width = rows.shape.slice(-1);
    const plain = [
      rows,
      x.literal(1, x.dtype).broadcastTo(width),
      x.literal(0, x.dtype).broadcastTo(width),
    ];
    const [normal, mean, rstd] = threeOperands("layerNorm", bind(layerNormP, plain, params));
    const [y, s, b] = threeOperands(
      "layerNorm",
      alignBatched([normal, scale, bias], [true, batched[1] === true, batched[2] === true]),
    );
    return { outputs: [y.mul(s).add(b), mean, rstd], batched: [true, true, true] };
  },
  decompose: (inputs, { eps }) => {
    const [x, scale, bias] = threeOperands("layerNorm", inputs);
    const mean = rowMean(x);
    const centred = x.sub(mean);
    const rstd = rowMean(centred.mul(centred)).add(eps).rsqrt();
    return [centred.mul(rstd).mul(scale).add(bias), mean, rstd];
  },
};
