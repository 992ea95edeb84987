import { concatenate, moveaxis, ShapeError, type Tensor, zeros } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import { type Initializer, zerosInit } from "../init/initializer.ts";
import { varianceScaling } from "../init/variance-scaling.ts";
import { checkSize } from "../internal/check.ts";
import { scanned } from "../internal/scanned.ts";
import type { Layer } from "../layers/layer.ts";

/** Settings of the recurrent layers. */
export type RecurrentConfig = {
  /** Width C of the input. */
  readonly inFeatures: number;
  /** Width H of the state. */
  readonly hidden: number;
  /** Whether there are biases; true when absent. */
  readonly useBias?: boolean;
  /** Kernels; default uniform with variance 1 / (3 fan-in), near PyTorch's. */
  readonly kernelInit?: Initializer;
};

/**
 * Parameters of the recurrent layers, G gates side by side: input (C, G H) and state (H, G H) kernels, the transposes of
 * PyTorch's `weight_ih` and `weight_hh`, and both biases (G H).
 */
export type RecurrentParams = {
  readonly input: Tensor;
  readonly state: Tensor;
  readonly inputBias?: Tensor;
  readonly stateBias?: Tensor;
};

/** Settings of the recurrent layers' `apply`. */
export type RecurrentOptions<S> = {
  /** The state before the first step; zeros when absent. */
  readonly state?: S | undefined;
  /** Whether the sequence is read from its end; false when absent. */
  readonly reverse?: boolean;
  /** bool (..., T): real steps. At others the state stays as it is and the output is 0. */
  readonly mask?: Tensor | undefined;
};

/** The type of the recurrent layers; S is the state, one or more tensors (..., H). */
export type RecurrentLayer<S> = Layer<
  RecurrentConfig,
  RecurrentParams,
  [options?: RecurrentOptions<S>]
> & {
  /** As `apply`, and the state after the last step. */
  readonly applyWithState: (
    params: RecurrentParams,
    x: Tensor,
    options?: RecurrentOptions<S>,
  ) => readonly [Tensor, S];
  /** One step: x (..., C) and a state give the output (..., H) and the next state. */
  readonly step: (params: RecurrentParams, state: S, x: Tensor) => readonly [Tensor, S];
  /** Zeros (...lead, H). */
  readonly initState: (params: RecurrentParams, lead: readonly number[]) => S;
};

/** What makes one kind of recurrent layer. */
export type Cell<S> = {
  readonly name: string;
  readonly gates: number;
  /** The state of zeros `h` (..., H). */
  readonly start: (h: Tensor) => S;
  /** `projected` is x input + inputBias (..., G H), `own` the state's part of it. */
  readonly next: (state: S, projected: Tensor, own: (h: Tensor) => Tensor) => readonly [Tensor, S];
  /** Keeps `old` where a step is padding: `real` is bool (..., 1). */
  readonly select: (real: Tensor, next: S, old: S) => S;
};

/** Gate i of G side by side: (..., G H) -> (..., H). */
export const gateOf = (x: Tensor, i: number, gates: number): Tensor => {
  const lead = x.shape.slice(0, -1);
  const size = (x.shape.at(-1) ?? 0) / gates;
  return x.slice([...lead.map(() => 0), i * size], [...lead, (i + 1) * size]);
};

const plusBias = (x: Tensor, bias: Tensor | undefined): Tensor =>
  bias === undefined ? x : x.add(bias);

const checkInput = (
  name: string,
  x: Tensor,
  { input, state }: RecurrentParams,
  gates: number,
  rank: number,
): void => {
  const [width = 0, total = 0] = input.shape;
  const fits =
    x.rank >= rank && x.shape.at(-1) === width && total === gates * (state.shape[0] ?? 0);
  if (fits && state.shape[1] === total) return;
  throw new ShapeError({
    operation: name,
    rule: `takes x (${rank === 2 ? "..., T" : "..."}, C), input (C, ${gates} H) and state (H, ${gates} H)`,
    got: [x, input, state].map(({ shape }) => `[${shape.join()}]`).join(", "),
  });
};

const initParams = (
  name: string,
  gates: number,
  key: Key,
  config: RecurrentConfig,
): RecurrentParams => {
  const {
    useBias = true,
    kernelInit = varianceScaling({ scale: 1 / 3, distribution: "uniform" }),
  } = config;
  const inputs = checkSize(name, "inFeatures", config.inFeatures);
  const hidden = checkSize(name, "hidden", config.hidden);
  const [forInput, forState] = splitTuple(key, 2);
  const kernels = {
    input: kernelInit(forInput, [inputs, gates * hidden]),
    state: kernelInit(forState, [hidden, gates * hidden]),
  };
  if (!useBias) return kernels;
  const bias = zerosInit(key, [gates * hidden]);
  return { ...kernels, inputBias: bias, stateBias: bias };
};

type Step = { readonly projected: Tensor; readonly real?: Tensor };

/** A layer that runs a cell over a sequence by one scan; the input's products are one product of all steps. */
export const recurrentLayer = <S>(cell: Cell<S>): RecurrentLayer<S> => {
  const { name, gates } = cell;
  const own =
    ({ state, stateBias }: RecurrentParams) =>
    (h: Tensor): Tensor =>
      plusBias(h.matmul(state), stateBias);
  const initState = (params: RecurrentParams, lead: readonly number[]): S =>
    cell.start(zeros([...lead, params.state.shape[0] ?? 0], { dtype: params.state.dtype }));
  const applyWithState = (
    params: RecurrentParams,
    x: Tensor,
    { state, reverse = false, mask }: RecurrentOptions<S> = {},
  ): readonly [Tensor, S] => {
    checkInput(name, x, params, gates, 2);
    const lead = x.shape.slice(0, -2);
    const real = mask === undefined ? undefined : maskOf(name, mask, x).expandDims(-1);
    // padding is taken out before the product too: 0 times NaN would reach the gradient of the kernel
    const steps = real === undefined ? x : real.where(x, 0);
    const projected = plusBias(steps.matmul(params.input), params.inputBias);
    const xs: Step = {
      projected: moveaxis(projected, -2, 0),
      ...(real === undefined ? {} : { real: moveaxis(real, -2, 0) }),
    };
    const body = (before: S, { projected: p, real: isReal }: Step): readonly [S, Tensor] => {
      const [y, after] = cell.next(before, p, own(params));
      return isReal === undefined
        ? [after, y]
        : [cell.select(isReal, after, before), isReal.where(y, 0)];
    };
    const [last, ys] = scanned(body, state ?? initState(params, lead), xs, reverse);
    return [moveaxis(ys, 0, -2), last];
  };
  return {
    init: (key, config) => initParams(name, gates, key, config),
    apply: (params, x, options) => applyWithState(params, x, options)[0],
    applyWithState,
    initState,
    step: (params, state, x) => {
      checkInput(name, x, params, gates, 1);
      return cell.next(state, plusBias(x.matmul(params.input), params.inputBias), own(params));
    },
  };
};

const maskOf = (name: string, mask: Tensor, x: Tensor): Tensor => {
  const rows = x.shape.slice(0, -1);
  if (mask.dtype === "bool" && mask.shape.join() === rows.join()) return mask;
  throw new ShapeError({
    operation: name,
    rule: `mask must be bool [${rows.join()}]`,
    got: `${mask.dtype} [${mask.shape.join()}]`,
  });
};

/** The layer over a sequence in both directions, their outputs side by side: (..., T, C) gives (..., T, 2 H). */
export const bidirectional = <S>(
  layer: RecurrentLayer<S>,
): Layer<
  RecurrentConfig,
  { readonly forward: RecurrentParams; readonly backward: RecurrentParams },
  [options?: Pick<RecurrentOptions<S>, "mask">]
> => ({
  init: (key, config) => {
    const [forForward, forBackward] = splitTuple(key, 2);
    return { forward: layer.init(forForward, config), backward: layer.init(forBackward, config) };
  },
  apply: ({ forward, backward }, x, options = {}) =>
    concatenate(
      [layer.apply(forward, x, options), layer.apply(backward, x, { ...options, reverse: true })],
      -1,
    ),
});
