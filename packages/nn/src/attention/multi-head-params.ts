import { ArgumentError, ShapeError } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import type { Initializer } from "../init/initializer.ts";
import { checkSize } from "../internal/check.ts";
import { checkKernels, checkRecords } from "../internal/check-tensors.ts";
import { linear, type LinearParams } from "../layers/linear.ts";
import { rmsNorm, type RmsNormParams } from "../norms/rms-norm.ts";

const name = "multiHeadAttention";

/** Settings of `multiHeadAttention`. */
export type MultiHeadAttentionConfig = {
  /** Width C of the sequence. */
  readonly nEmbd: number;
  /** Heads H of queries. */
  readonly nHead: number;
  /** Heads K of keys and values, a divisor of H: fewer is grouped-query, 1 multi-query attention. Default H. */
  readonly nKvHead?: number;
  /** Size D of a head; default C / H. */
  readonly headDim?: number;
  /** Width of the sequence that keys and values come from, when it is another; default C. */
  readonly contextDim?: number;
  /** Whether the projections have biases; true when absent. */
  readonly useBias?: boolean;
  /** Whether the projection back has one; default `useBias`. */
  readonly outputBias?: boolean;
  /** Whether queries and keys are normalised head by head (Qwen3, Gemma 3); false when absent. */
  readonly qkNorm?: boolean;
  /** Whether these norms have a learned scale; true when absent, false in nanochat. */
  readonly qkScale?: boolean;
  /** As in `rmsNorm`, for these norms. */
  readonly unitOffset?: boolean;
  /** Kernels; default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Kernel of the projection back; default `kernelInit`. */
  readonly outputInit?: Initializer;
};

/** Parameters: q (C, H D), k and v (C, K D), projection (H D, C), and norms (D). */
export type MultiHeadAttentionParams = {
  readonly q: LinearParams;
  readonly k: LinearParams;
  readonly v: LinearParams;
  readonly projection: LinearParams;
  readonly qNorm?: RmsNormParams;
  readonly kNorm?: RmsNormParams;
};

const initProjections = (key: Key, config: MultiHeadAttentionConfig): MultiHeadAttentionParams => {
  const { nEmbd, nKvHead = config.nHead, contextDim = nEmbd, useBias = true } = config;
  const { outputBias = useBias, kernelInit, outputInit = kernelInit } = config;
  const nHead = checkSize(name, "nHead", config.nHead);
  const size = checkSize(name, "headDim", config.headDim ?? nEmbd / nHead);
  if (nHead % checkSize(name, "nKvHead", nKvHead) !== 0)
    throw new ArgumentError({
      operation: name,
      rule: "nKvHead must divide nHead",
      got: `${nKvHead} and ${nHead}`,
    });
  const [forQ, forK, forV, forOutput] = splitTuple(key, 4);
  const make = (
    own: Key,
    from: number,
    to: number,
    bias: boolean,
    init: Initializer | undefined,
  ): LinearParams =>
    linear.init(own, {
      inFeatures: from,
      outFeatures: to,
      useBias: bias,
      ...(init === undefined ? {} : { kernelInit: init }),
    });
  return {
    q: make(forQ, nEmbd, nHead * size, useBias, kernelInit),
    k: make(forK, contextDim, nKvHead * size, useBias, kernelInit),
    v: make(forV, contextDim, nKvHead * size, useBias, kernelInit),
    projection: make(forOutput, nHead * size, nEmbd, outputBias, outputInit),
  };
};

/** Fresh parameters; throws ArgumentError for bad sizes. */
export const initMultiHead = (
  key: Key,
  config: MultiHeadAttentionConfig,
): MultiHeadAttentionParams => {
  checkRecords(name, { config });
  const params = initProjections(key, config);
  if (config.qkNorm !== true) return params;
  const features = (params.q.kernel.shape[1] ?? 1) / config.nHead;
  const { unitOffset = false, qkScale = true } = config;
  const norm = rmsNorm.init(key, { features, unitOffset, useScale: qkScale });
  return { ...params, qNorm: norm, kNorm: norm };
};

/** Sizes of parameters that fit each other. */
export type HeadSizes = { readonly nHead: number; readonly nKvHead: number; readonly size: number };

const refuse = (path: string, rule: string, shape: readonly number[]): never => {
  throw new ShapeError({ operation: name, rule: `${path} must ${rule}`, got: `[${shape.join()}]` });
};

/** Heads of parameters; throws ShapeError with the path of one that does not fit the others. */
export const headSizes = (params: MultiHeadAttentionParams, heads: number): HeadSizes => {
  checkKernels(name, { params }, ["q", "k", "v", "projection"]);
  const { q, k, v, projection } = params;
  const nHead = checkSize(name, "nHead", heads);
  const [, width = 0] = q.kernel.shape;
  const size = width / nHead;
  if (!Number.isInteger(size))
    refuse("q.kernel", `hold ${nHead} heads of equal size`, q.kernel.shape);
  const nKvHead = (k.kernel.shape[1] ?? 0) / size;
  if (!Number.isInteger(nKvHead) || nHead % nKvHead !== 0)
    refuse("k.kernel", `hold heads of size ${size}, a divisor of ${nHead}`, k.kernel.shape);
  const same = v.kernel.shape[0] === k.kernel.shape[0] && v.kernel.shape[1] === k.kernel.shape[1];
  if (!same) refuse("v.kernel", `be [${k.kernel.shape.join()}] as k.kernel`, v.kernel.shape);
  if (projection.kernel.shape[0] !== width)
    refuse("projection.kernel", `have ${width} rows`, projection.kernel.shape);
  return { nHead, nKvHead, size };
};
