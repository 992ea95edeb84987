import { maxPool, relu, type Tensor } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  batchNorm,
  type BatchNormState,
  type ChannelParams,
  conv2d,
  type ConvParams,
  globalAvgPool,
  heNormal,
  linear,
  type LinearParams,
} from "@adjoint/nn";
import { checkResnetConfig, type ResnetConfig } from "./resnet-config.ts";
import { checkResnet, checkResnetState } from "./resnet-shape.ts";
import { type ConvShape, type LayerShape, stageShapes, stemShape } from "./resnet-layers.ts";

/** A convolution without bias and the norm after it. */
export type ConvNormParams = { readonly convolution: ConvParams; readonly norm: ChannelParams };

/** Parameters of `resnet`. */
export type ResnetParams = {
  readonly stem: ConvNormParams;
  readonly stages: readonly (readonly {
    readonly convolutions: readonly ConvNormParams[];
    readonly shortcut?: ConvNormParams;
  }[])[];
};

/** Running statistics of the norms, in the places of their parameters. */
export type ResnetState = {
  readonly stem: BatchNormState;
  readonly stages: readonly (readonly {
    readonly convolutions: readonly BatchNormState[];
    readonly shortcut?: BatchNormState;
  }[])[];
};

/** The type of `resnet`. */
export type Resnet = {
  readonly init: (key: Key, config: ResnetConfig) => ResnetParams;
  readonly initState: (config: ResnetConfig) => ResnetState;
  /**
   * Images (B, channels, H, W) as vectors (B, C), and the state for the next call: with `train`, the norms take the statistics of the
   * batch and the running ones move.
   */
  readonly apply: (
    params: ResnetParams,
    state: ResnetState,
    images: Tensor,
    config: ResnetConfig,
    options?: { readonly train?: boolean },
  ) => readonly [Tensor, ResnetState];
  /** Fresh parameters of a linear head with `outputs` scores. */
  readonly initHead: (key: Key, config: ResnetConfig, outputs: number) => LinearParams;
};

const initConv = (key: Key, { from, to, window }: ConvShape): ConvNormParams => ({
  convolution: conv2d.init(key, {
    inChannels: from,
    outChannels: to,
    kernelSize: window,
    useBias: false,
    kernelInit: heNormal,
  }),
  norm: batchNorm.init(key, { features: to }),
});

const stateOf = ({ to }: ConvShape): BatchNormState => batchNorm.initState({ features: to });

type Step = readonly [Tensor, BatchNormState];

const applyConv = (
  { convolution, norm }: ConvNormParams,
  state: BatchNormState,
  x: Tensor,
  { window, stride }: ConvShape,
  train: boolean,
): Step => {
  const y = conv2d.apply(convolution, x, { stride, padding: (window - 1) / 2 });
  return batchNorm.apply(norm, state, y, { train });
};

type LayerParams = ResnetParams["stages"][number][number];
type LayerState = ResnetState["stages"][number][number];

const missing = (): never => {
  throw new RangeError("parameters and state are not those of the configuration");
};

/** relu(x + f(x)), with a convolution on the way around where sizes change. */
const applyLayer = (
  params: LayerParams,
  state: LayerState,
  x: Tensor,
  shape: LayerShape,
  train: boolean,
): readonly [Tensor, LayerState] => {
  let y = x;
  const states = shape.convolutions.map((own, i) => {
    const [normed, next] = applyConv(
      params.convolutions[i] ?? missing(),
      state.convolutions[i] ?? missing(),
      y,
      own,
      train,
    );
    y = i === shape.convolutions.length - 1 ? normed : relu(normed);
    return next;
  });
  if (shape.shortcut === undefined) return [relu(y.add(x)), { convolutions: states }];
  const [around, shortcut] = applyConv(
    params.shortcut ?? missing(),
    state.shortcut ?? missing(),
    x,
    shape.shortcut,
    train,
  );
  return [relu(y.add(around)), { convolutions: states, shortcut }];
};

/**
 * ResNet: layers of convolutions that add to what they read. The running statistics of its norms are a state that goes in and comes
 * out.
 * @see https://arxiv.org/abs/1512.03385
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { resnet, resnetConfig } from "@adjoint/models";
 * import { linear } from "@adjoint/nn";
 * const config = resnetConfig({ widths: [4, 8], depths: [1, 1], channels: 1, stem: "small" });
 * const [params, state] = [resnet.init(key(0), config), resnet.initState(config)];
 * const [vectors, next] = resnet.apply(params, state, ones([2, 1, 8, 8]), config, { train: true });
 * linear.apply(resnet.initHead(key(1), config, 10), vectors).shape; // => [2, 10]
 * next === state; // => false
 * ```
 */
export const resnet: Resnet = {
  init: (key, config) => {
    checkResnetConfig("resnet.init", config);
    const [forStem, forStages] = splitTuple(key, 2);
    const stages = stageShapes(config);
    const count = stages.flat().reduce((n, layer) => n + layer.convolutions.length + 1, 0);
    const keys: readonly Key[] = splitTuple<number>(forStages, count);
    let used = 0;
    const next = (): Key => keys[used++] ?? missing();
    return {
      stem: initConv(forStem, stemShape(config)),
      stages: stages.map((layers) =>
        layers.map(({ convolutions, shortcut }) => ({
          convolutions: convolutions.map((shape) => initConv(next(), shape)),
          ...(shortcut === undefined ? {} : { shortcut: initConv(next(), shortcut) }),
        })),
      ),
    };
  },
  initState: (config) => ({
    stem: stateOf(stemShape(config)),
    stages: stageShapes(config).map((layers) =>
      layers.map(({ convolutions, shortcut }) => ({
        convolutions: convolutions.map(stateOf),
        ...(shortcut === undefined ? {} : { shortcut: stateOf(shortcut) }),
      })),
    ),
  }),
  apply: (params, state, images, config, { train = false } = {}) => {
    checkResnet(params, config);
    checkResnetState(state, config);
    const [first, stem] = applyConv(params.stem, state.stem, images, stemShape(config), train);
    let x = relu(first);
    if (config.stem === "large") x = maxPool(x, 3, { stride: 2, padding: 1 });
    const stages = stageShapes(config).map((layers, s) =>
      layers.map((shape, i) => {
        const own = params.stages[s]?.[i] ?? missing();
        const [y, next] = applyLayer(own, state.stages[s]?.[i] ?? missing(), x, shape, train);
        x = y;
        return next;
      }),
    );
    return [globalAvgPool(x), { stem, stages }];
  },
  initHead: (key, { widths }, outputs) =>
    linear.init(key, { inFeatures: widths.at(-1) ?? 1, outFeatures: outputs }),
};
