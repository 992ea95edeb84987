import { ArgumentError, type Tensor, zeros } from "@adjoint/core";
import { splitTuple } from "@adjoint/core/random";
import { type ActivationName, activationNamed } from "../activations/named.ts";
import { type Initializer, normalInit } from "../init/initializer.ts";
import { checkRecords } from "../internal/check-tensors.ts";
import { checkSize } from "../internal/check.ts";
import { glu, type GluParams } from "../layers/glu.ts";
import type { Layer } from "../layers/layer.ts";
import { linear, type LinearParams } from "../layers/linear.ts";
import { selected } from "../losses/counted.ts";
import { type Dispatch, dispatchCapacity, dispatchDense, dispatchDropless } from "./dispatch.ts";
import { checkExperts, type ExpertParams, initExperts } from "./experts.ts";
import { capacityOf, checkFactor, maskOf, routerLogits, rowsOf } from "./operands.ts";
import { type RouterOptions, type Routing, routeTopK } from "./router.ts";

/** Settings of `moe`. */
export type MoeConfig = {
  /** Width C of the sequence. */
  readonly nEmbd: number;
  /** Width of an expert's hidden layer. */
  readonly hidden: number;
  /** Number E of experts. */
  readonly nExpert: number;
  /** Whether experts are gated MLPs (`swiglu`); true when absent. */
  readonly gated?: boolean;
  /** Width of the hidden layer of the experts that every token goes through; none when absent. */
  readonly sharedHidden?: number;
  /** Whether the router has a bias for choosing only, which `balancedBias` moves; false when absent. */
  readonly selectionBias?: boolean;
  /** Default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Kernels back into the sequence; default `kernelInit`. */
  readonly outputInit?: Initializer;
  /** Kernel of the router; default `normalInit(0.02)`. */
  readonly routerInit?: Initializer;
};

/** Parameters of `moe`. */
export type MoeParams = {
  /** Kernel (C, E). */
  readonly router: LinearParams;
  readonly experts: ExpertParams;
  /** A gated MLP that every token goes through. */
  readonly shared?: GluParams;
  /** (E); no gradient reaches it. */
  readonly selectionBias?: Tensor;
};

/** Settings of `moe.apply`. */
export type MoeOptions = RouterOptions & {
  /** Default `silu`. */
  readonly activation?: ActivationName;
  /**
   * How tokens reach their experts: `dropless` (default) computes every choice, `capacity` leaves out those beyond an
   * expert's capacity, `dense` runs every expert on every token. Without overflow all give the same numbers.
   */
  readonly dispatch?: "dropless" | "capacity" | "dense";
  /** Capacity of an expert as a multiple of the mean load k N / E; default 1.25. */
  readonly capacityFactor?: number;
  /**
   * Rows of a block of `dropless`. Each block reads a copy of its expert's kernels and each expert pads less than one
   * block; half the mean load, the default, makes at most 3 E copies and half as many rows again.
   */
  readonly blockSize?: number;
  /**
   * bool (..., T): real tokens. Padding takes no capacity and gives what the shared expert gives; the router sees zeros
   * there, whatever it holds.
   */
  readonly mask?: Tensor | undefined;
};

/** The type of `moe`. */
export type MoeLayer = Layer<MoeConfig, MoeParams, [options: MoeOptions]> & {
  /** As `apply`, and the routing of the N tokens for `loadBalanceLoss`, `routerZLoss` and `balancedBias`. */
  readonly applyWithRouting: (
    params: MoeParams,
    x: Tensor,
    options: MoeOptions,
  ) => readonly [Tensor, Routing];
};

const dispatched = (d: Dispatch, options: MoeOptions): Tensor => {
  const { dispatch = "dropless", capacityFactor = 1.25, blockSize } = options;
  const [tokens = 0, slots = 0] = d.routing.experts.shape;
  const load = Math.max(1, Math.ceil((tokens * slots) / (d.experts.up.shape[0] ?? 1)));
  switch (dispatch) {
    case "dense":
      return dispatchDense(d);
    case "dropless":
      return dispatchDropless(d, checkSize("moe", "blockSize", blockSize ?? Math.ceil(load / 2)));
    case "capacity":
      checkFactor("moe", capacityFactor);
      return dispatchCapacity(d, capacityOf(tokens * slots, d.experts, capacityFactor, tokens));
    default:
      throw new ArgumentError({
        operation: "moe",
        rule: "dispatch must be dropless, capacity or dense",
        got: JSON.stringify(dispatch),
      });
  }
};

/**
 * Mixture of experts: each token goes through its k best of E MLPs, and their results are added with the router's
 * weights; shared experts are added with weight 1. x (..., C) gives (..., C). The router works in at least float32.
 * Throws ArgumentError for settings that do not fit, ShapeError with the path of parameters that do not.
 * @see https://arxiv.org/abs/2401.04088
 * @see https://arxiv.org/abs/2401.06066
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { loadBalanceLoss, moe } from "@adjoint/nn";
 * const params = moe.init(key(0), { nEmbd: 4, hidden: 8, nExpert: 3, sharedHidden: 8 });
 * const [y, routing] = moe.applyWithRouting(params, ones([2, 5, 4]), { topK: 2 });
 * [y.shape, routing.experts.shape, loadBalanceLoss(routing).shape]; // => [[2, 5, 4], [10, 2], []]
 * ```
 */
export const moe: MoeLayer = {
  init: (key, config) => {
    const {
      nEmbd,
      hidden,
      nExpert,
      gated = true,
      sharedHidden,
      routerInit = normalInit(0.02),
    } = config;
    for (const field of ["nEmbd", "hidden", "nExpert"] as const)
      checkSize("moe", field, config[field]);
    const { kernelInit, outputInit } = config;
    const [forRouter, forExperts, forShared] = splitTuple(key, 3);
    const inits = {
      ...(kernelInit === undefined ? {} : { kernelInit }),
      ...(outputInit === undefined ? {} : { outputInit }),
    };
    const sizes = {
      inFeatures: nEmbd,
      outFeatures: nExpert,
      useBias: false,
      kernelInit: routerInit,
    };
    return {
      router: linear.init(forRouter, sizes),
      experts: initExperts(forExperts, { nExpert, nEmbd, hidden, gated, ...inits }),
      ...(sharedHidden === undefined
        ? {}
        : { shared: glu.init(forShared, { nEmbd, hidden: sharedHidden, ...inits }) }),
      ...(config.selectionBias === true ? { selectionBias: zeros([nExpert]) } : {}),
    };
  },
  apply: (params, x, options) => moe.applyWithRouting(params, x, options)[0],
  applyWithRouting: (params, x, options) => {
    checkRecords("moe", { params, options });
    const real = maskOf(x, options.mask);
    const rows = selected(rowsOf(params, x), real);
    checkExperts(params.experts, params.router.kernel, rows.shape[1] ?? 0);
    const { activation = "silu" } = options;
    const routing = routeTopK(routerLogits(params, rows), options, params.selectionBias);
    const act = activationNamed(activation, "moe");
    const d = { x: rows, routing, experts: params.experts, activation: act, real };
    const y = dispatched(d, options).cast(x.dtype).reshape(x.shape);
    return [
      params.shared === undefined ? y : y.add(glu.apply(params.shared, x, { activation })),
      routing,
    ];
  },
};
