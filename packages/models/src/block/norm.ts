import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import { layerNorm, type LayerNormParams, rmsNorm, type RmsNormParams } from "@adjoint/nn";
import type { BlockConfig } from "./block-config.ts";

/** Parameters of a norm: a scale, and a bias for layer norm. */
export type NormParams = LayerNormParams | RmsNormParams;

/** Fresh parameters of the configured norm. */
export const initNorm = (key: Key, { norm, nEmbd }: BlockConfig): NormParams =>
  norm.kind === "rms"
    ? rmsNorm.init(key, { features: nEmbd, useScale: norm.useScale ?? true })
    : layerNorm.init(key, { features: nEmbd });

const isLayerNorm = (params: NormParams, kind: "layer" | "rms"): params is LayerNormParams =>
  kind === "layer" && params.scale !== undefined;

/** The configured norm of x (..., C). */
export const applyNorm = (params: NormParams, x: Tensor, { norm }: BlockConfig): Tensor =>
  isLayerNorm(params, norm.kind)
    ? layerNorm.apply(params, x, { eps: norm.eps })
    : rmsNorm.apply(params, x, { eps: norm.eps });
