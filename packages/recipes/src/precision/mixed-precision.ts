import { ArgumentError, getBackend, isFloat, type Tensor } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { mapWithPath } from "@adjoint/core/tree";
import { dynamicLossScale, type LossScale } from "@adjoint/optim";
import { isTensor, trusted } from "../internal/trusted.ts";
import { warn } from "../internal/warn.ts";

/** dtypes that a loss can be computed in. */
export type ComputeDType = "float32" | "float16" | "bfloat16";

/** Settings of `mixedPrecision`. */
export type MixedPrecisionOptions = {
  /** What the loss and its derivatives are computed in. Parameters and optimizer stay in float32. */
  readonly compute: ComputeDType;
  /** How gradients are kept from vanishing; default `dynamicLossScale()` for float16, nothing for others. */
  readonly lossScale?: LossScale;
  /**
   * Parameters that stay in float32. Operations promote: what such a parameter meets is float32 from there on, until the
   * loss casts it back. Norms, softmax and attention need no exception, as they compute in float32 inside. Default none.
   */
  readonly keep?: (parameter: Tensor, path: string) => boolean;
  /**
   * What happens on a backend that only emulates `compute`: "float32" computes in that and warns (default), "emulate"
   * computes in `compute` all the same.
   */
  readonly fallback?: "float32" | "emulate";
  /** Takes the warning, once for each backend; default `console.warn`. */
  readonly onWarning?: (message: string) => void;
};

/** Which dtype each part of a training step has, as pure functions; see `mixedPrecision`. */
export type MixedPrecision = {
  readonly compute: ComputeDType;
  /** What is computed in on a backend: `compute`, or float32 where that is only emulated. */
  readonly computeOn: (backend: Backend) => ComputeDType;
  /** Parameters for the loss: floats in what the current backend computes in, but for those that are kept. */
  readonly castToCompute: <P>(params: P) => P;
  /** A batch for the loss: floats in what the current backend computes in. */
  readonly castBatch: <B>(batch: B) => B;
  /** Parameters as the optimizer keeps them: floats in float32. */
  readonly castToParam: <P>(params: P) => P;
  /** A loss as it is reported: float32. */
  readonly castToOutput: (loss: Tensor) => Tensor;
  /** How losses are scaled; nothing when they are not. */
  readonly lossScale: LossScale | undefined;
};

const computeDTypes: readonly string[] = ["float32", "float16", "bfloat16"];

const check = ({ compute, fallback = "float32" }: MixedPrecisionOptions): void => {
  const bad = !computeDTypes.includes(compute)
    ? `compute "${compute}"`
    : fallback !== "float32" && fallback !== "emulate"
      ? `fallback "${String(fallback)}"`
      : undefined;
  if (bad === undefined) return;
  throw new ArgumentError({
    operation: "mixedPrecision",
    rule: "compute is float32, float16 or bfloat16, fallback is float32 or emulate",
    got: bad,
  });
};

/** Floating-point tensors of a tree in the dtype that `dtypeOf` gives; everything else as it is. */
const castFloats = <T>(tree: T, dtypeOf: (x: Tensor, path: string) => ComputeDType): T =>
  trusted<T>(
    mapWithPath<T, unknown>(
      (path, x) => (isTensor(x) && isFloat(x.dtype) ? x.cast(dtypeOf(x, path)) : x),
      tree,
    ),
  );

const isNative = ({ nativeDTypes }: Backend, dtype: ComputeDType): boolean =>
  nativeDTypes === undefined || nativeDTypes.includes(dtype);

/** What a backend computes in; says once for each backend that it is not what was asked for. */
const chooser = (options: MixedPrecisionOptions): MixedPrecision["computeOn"] => {
  const { compute, fallback = "float32", onWarning = warn } = options;
  const warned = new WeakSet<Backend>();
  return (backend) => {
    if (fallback === "emulate" || isNative(backend, compute)) return compute;
    if (!warned.has(backend) && compute !== "float32")
      onWarning(
        `mixedPrecision: backend ${backend.name} does not compute in ${compute} itself; using float32`,
      );
    warned.add(backend);
    return "float32";
  };
};

/**
 * A policy for training in half precision, for `pretrain`: parameters, moments and updates stay in float32, the loss
 * and its derivatives are computed in `compute`, gradients come back in float32. In float16 the loss is scaled before
 * it is differentiated; a step whose gradients overflow changes neither parameters nor optimizer, and lowers the scale.
 * In float16 a loss should take its own mean in float32 (`crossEntropy` does; else cast before it), as a scaled float16
 * scalar overflows at 65504. Throws ArgumentError for unknown dtypes.
 * @see https://arxiv.org/abs/1710.03740
 *
 * ```ts doctest
 * import { tensor, type Tensor } from "@adjoint/core";
 * import { sgd } from "@adjoint/optim";
 * import { mixedPrecision, pretrain } from "@adjoint/recipes";
 * const dtypes = new Set<string>();
 * const loss = (w: Tensor, x: Tensor) => {
 *   dtypes.add(w.mul(x).dtype);
 *   return w.mul(x).sub(0.5).cast("float32").pow(2).mean();
 * };
 * const precision = mixedPrecision({ compute: "float16", fallback: "emulate" });
 * const recipe = pretrain({ loss, optimizer: sgd({ learningRate: 0.1 }), precision });
 * let state = recipe.init(tensor(0));
 * for (let i = 0; i < 30; i++) [state] = recipe.step(state, tensor([1]));
 * [...dtypes]; // => ["float16"]
 * [state.params.dtype, Number(await state.params.item()).toFixed(2)]; // => ["float32", "0.50"]
 * await state.lossScale?.scale.item(); // => 32768
 * ```
 */
export const mixedPrecision = (options: MixedPrecisionOptions): MixedPrecision => {
  check(options);
  const { compute, keep = () => false } = options;
  const computeOn = chooser(options);
  const here = (): ComputeDType => computeOn(getBackend());
  const standard = compute === "float16" ? dynamicLossScale() : undefined;
  return {
    compute,
    computeOn,
    castToCompute: (params) => {
      const dtype = here();
      return castFloats(params, (x, path) => (keep(x, path) ? "float32" : dtype));
    },
    castBatch: (batch) => {
      const dtype = here();
      return castFloats(batch, () => dtype);
    },
    castToParam: (params) => castFloats(params, () => "float32"),
    castToOutput: (loss) => loss.cast("float32"),
    lossScale: options.lossScale ?? standard,
  };
};
