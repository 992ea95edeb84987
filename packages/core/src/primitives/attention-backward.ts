import type { Aval } from "../ir/aval.ts";
import { sameShape } from "../shape.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import { widen } from "../promote.ts";
import type { Tensor } from "../tensor.ts";
import { evalJvp } from "../transforms/eval-jvp.ts";
import {
  attentionOperands,
  type AttentionParams,
  batchAttention,
  checkAttention,
} from "./attention-operands.ts";
import { attentionBackwardHost } from "./attention-host.ts";
import {
  attentionWeights,
  dropped,
  grouped,
  times,
  timesTransposed,
  transposedTimes,
} from "./attention-scores.ts";
import { ArityError } from "./arity.ts";
import { unbroadcast } from "./elementwise.ts";
import { threeOperands } from "./operands.ts";
import { bind, type Primitive } from "./primitive.ts";
import { formatAvals } from "./unary.ts";

/** Parameters of `attentionBackward`. */
export type AttentionBackwardParams = AttentionParams & {
  /** Whether the cotangent of the bias is asked for too. */
  readonly biasGradient: boolean;
};

/** Types of the results; `y`, `lse` and `dy` follow the operands of `attention`. */
const outputs = (inputs: readonly Aval[], params: AttentionBackwardParams): readonly Aval[] => {
  checkAttention(inputs, params);
  const { q, k, v, bias, rest } = attentionOperands(inputs, params);
  const [y, lse, dy] = threeOperands("attentionBackward", rest);
  if (y.dtype !== q.dtype || dy.dtype !== q.dtype)
    throw new DTypeError({
      operation: "attentionBackward",
      rule: "y and dy must have the dtype of q",
      got: formatAvals([q, y, dy]),
    });
  const rows = q.shape.slice(0, -1);
  const shape = [...rows, v.shape.at(-1) ?? 0];
  if (!sameShape(y.shape, shape) || !sameShape(dy.shape, shape) || !sameShape(lse.shape, rows))
    throw new ShapeError({
      operation: "attentionBackward",
      rule: "takes y (..., H, T, E), lse (..., H, T) and dy (..., H, T, E)",
      got: formatAvals([y, lse, dy]),
    });
  return [q, k, v, ...(bias === undefined || !params.biasGradient ? [] : [bias])];
};

const decompose = (
  inputs: readonly Tensor[],
  params: AttentionBackwardParams,
): readonly Tensor[] => {
  const operands = attentionOperands(inputs, params);
  const { q, bias, rest } = operands;
  const parts = attentionWeights(operands, params);
  const { sizes, weights, kept, bounded, scaled, k, v } = parts;
  const [, , cotangent] = threeOperands("attentionBackward", rest);
  const dy = grouped(widen(cotangent), sizes);
  const dv = transposedTimes(grouped(dropped(weights, kept, params), sizes), dy);
  const product = timesTransposed(dy, v).reshape(weights.shape);
  const dWeights = dropped(product, kept, params);
  // of softmax: w (dw - sum(w dw))
  const inner = weights.mul(dWeights).sum(-1, { keepDims: true });
  const dScores = dWeights.sub(inner).mul(weights);
  const slope = bounded?.mul(bounded).neg().add(1);
  const dProducts = grouped(slope === undefined ? dScores : dScores.mul(slope), sizes);
  const dq = times(dProducts, k).reshape(q.shape).mul(params.scale);
  const dk = transposedTimes(dProducts, grouped(scaled, sizes));
  const main = [dq, dk, dv].map((x) => x.cast(q.dtype));
  if (bias === undefined || !params.biasGradient) return main;
  return [...main, unbroadcast(dScores, bias.aval).cast(bias.dtype)];
};

/**
 * Cotangents of the operands of `attention`: (q, k, v, ...extras, y, lse, dy) gives (dq, dk, dv), and the cotangent of
 * the bias. Kernels that keep no scores use lse and y; the decomposition computes the weights again, by the equations of
 * `attention`, so that a compiler finds them to be the same.
 * @see https://arxiv.org/abs/2307.08691
 */
export const attentionBackwardP: Primitive<AttentionBackwardParams> = {
  name: "attentionBackward",
  abstractEval: outputs,
  evaluate: attentionBackwardHost,
  decompose,
  // y and lse are functions of the other operands: what the decomposition makes of those is the whole derivative
  jointJvp: (inputs, tangents, params) =>
    evalJvp(
      traceFlat(
        inputs.map((x) => x.aval),
        (xs) => decompose(xs, params),
      ),
      inputs,
      tangents,
      "jvp",
    ),
  vmap: (inputs, batched, params, { size }) => {
    const full = batchAttention(inputs, batched, params, size, params.biasGradient);
    const results = bind(attentionBackwardP, full, params);
    const at = 3 + params.extras.indexOf("bias");
    const [bias, mapped] = [inputs[at], batched[at] === true];
    const shaped = results.map((x, i) => {
      if (i < 3) return x;
      if (bias === undefined) throw new ArityError("attentionBackward", at + 1, inputs.length);
      return x.reshape([size, ...bias.shape.slice(mapped ? 1 : 0)]);
    });
    return { outputs: shaped, batched: shaped.map(() => true) };
  },
};
