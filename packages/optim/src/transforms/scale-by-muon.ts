import { type Tensor, zerosLike } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import { checkHyperparam, checkName } from "../internal/check.ts";
import { startCount } from "../internal/count.ts";
import { mapState, mapTensors } from "../internal/map-tensors.ts";
import { nextMean } from "../internal/moments.ts";
import { biasCorrection, moved, oneMinus, scalarDType, scaledBy } from "../internal/scalars.ts";
import { withState } from "../internal/with-state.ts";
import { newtonSchulz, type NewtonSchulzOptions } from "./newton-schulz.ts";

/** Settings of `scaleByMuon`. */
export type MuonOptions = NewtonSchulzOptions & {
  /** Decay of the mean of the gradients; default 0.95. */
  readonly momentum?: Hyperparam;
  /** Whether the momentum looks one step ahead; default true. */
  readonly nesterov?: boolean;
  /**
   * Whether the mean is corrected for starting at zero, as in optax; default false (the author's code, PyTorch). It only
   * matters with `nesterov`, for the share of the newest gradient: the length of the direction has no effect.
   */
  readonly biasCorrection?: boolean;
  /**
   * What the orthogonal update of a kernel (in, out) is multiplied by: "spectral", sqrt(max(1, out / in)) (default: the
   * author, optax, PyTorch's "original"); "rms", 0.2 sqrt(max(in, out)), which makes AdamW's learning rate and decay
   * fit (Moonlight, PyTorch's "match_rms_adamw"); or "none".
   */
  readonly shapeScale?: "spectral" | "rms" | "none";
};

// Kernels are (in, out) here and (out, in) in PyTorch, where the same factor is sqrt(max(1, rows / columns)).
const factors: Readonly<
  Record<NonNullable<MuonOptions["shapeScale"]>, (rows: number, columns: number) => number>
> = {
  spectral: (rows, columns) => Math.sqrt(Math.max(1, columns / rows)),
  rms: (rows, columns) => 0.2 * Math.sqrt(Math.max(rows, columns)),
  none: () => 1,
};

type MuonState = { readonly count: Tensor; readonly mu: unknown };

/** What is made orthogonal: the mean of the gradients, or that of the next step as far as it is known. */
const momentumOf = (
  grads: unknown,
  { count, mu }: MuonState,
  { momentum, corrects }: { readonly momentum: Hyperparam; readonly corrects: boolean },
): unknown => {
  if (!corrects) return mapState((m, g) => moved(g, m, oneMinus(momentum)), mu, grads);
  const dtype = scalarDType(grads);
  const ofMean = scaledBy(biasCorrection(momentum, count.add(1), dtype).pow(-1), momentum);
  const ofGrad = scaledBy(biasCorrection(momentum, count, dtype).pow(-1), oneMinus(momentum));
  return mapState((m, g) => scaledBy(m, ofMean).add(scaledBy(g, ofGrad)), mu, grads);
};

/**
 * The mean of the gradients, its singular values all brought near 1. For kernels (in, out) of hidden layers, and stacks of
 * them (..., in, out). Throws ShapeError for leaves of rank below 2, ArgumentError for options out of range.
 * @see https://kellerjordan.github.io/posts/muon/
 */
export const scaleByMuon = ({
  momentum = 0.95,
  nesterov = true,
  biasCorrection: corrects = false,
  shapeScale = "spectral",
  ...schulz
}: MuonOptions = {}): GradientTransformation => {
  checkHyperparam("scaleByMuon", "momentum", momentum, { min: 0, below: 1 });
  checkName("scaleByMuon", "shapeScale", shapeScale, Object.keys(factors));
  const direction = (_g: Tensor, m: Tensor): Tensor => {
    const [rows = 1, columns = 1] = m.shape.slice(-2);
    const factor = factors[shapeScale](rows, columns);
    const orthogonal = newtonSchulz(m, schulz);
    return factor === 1 ? orthogonal : orthogonal.mul(factor);
  };
  return withState<MuonState>({
    name: "scaleByMuon",
    keys: ["count", "mu"],
    init: (params) => ({ count: startCount(), mu: mapState(zerosLike, params) }),
    update: (grads, state) => {
      const next = { count: state.count.add(1), mu: nextMean(state.mu, grads, momentum) };
      const ahead = nesterov ? momentumOf(grads, next, { momentum, corrects }) : next.mu;
      return [mapTensors(direction, grads, ahead), next];
    },
  });
};
