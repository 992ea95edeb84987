import { ArgumentError, getBackend, type Tensor, valueAndGrad } from "@adjoint/core";
import { allFinite, type LossScaleState } from "@adjoint/optim";
import { trusted } from "../internal/trusted.ts";
import type { MixedPrecision } from "./mixed-precision.ts";

/** A loss with something else beside it, a tree of tensors. */
type Loss<P, B, A> = (params: P, batch: B) => readonly [Tensor, A];

/** Loss and gradients of a batch, and what loss scaling made of them. */
export type LossGradients<P, A> = {
  readonly loss: Tensor;
  /** What the loss gave beside it. */
  readonly aux: A;
  /** In the dtypes of the parameters, not scaled. */
  readonly grads: P;
  /** Where losses are scaled: whether all gradients are finite, and the scale for the next step. */
  readonly scaling?: { readonly finite: Tensor; readonly next: LossScaleState };
};

/** The loss computed as a policy says, in float32. */
export const lossUnder =
  <P, B, A>(loss: Loss<P, B, A>, precision: MixedPrecision | undefined): Loss<P, B, A> =>
  (params, batch) => {
    if (precision === undefined) return loss(params, batch);
    const [value, aux] = loss(precision.castToCompute(params), precision.castBatch(batch));
    return [precision.castToOutput(value), aux];
  };

const isScaled = ({ compute, computeOn, lossScale }: MixedPrecision): boolean =>
  lossScale !== undefined && computeOn(getBackend()) === compute;

const missing = (): ArgumentError =>
  new ArgumentError({
    operation: "pretrain",
    rule: "a state of a recipe that scales its loss holds lossScale",
    got: "none",
    fix: "start from what init of the same recipe gives",
  });

/** Loss and gradients without scaling, as where float32 is what is computed in. */
const plainGradients = <P, B, A>(loss: Loss<P, B, A>, params: P, batch: B): LossGradients<P, A> => {
  const [[value, aux], grads] = valueAndGrad(loss, { hasAux: true })(params, batch);
  return { loss: trusted<Tensor>(value), aux: trusted<A>(aux), grads: trusted<P>(grads) };
};

/** Loss and gradients of a batch, under a policy if there is one; the loss is differentiated times its scale. */
export const lossGradients = <P, B, A>(
  own: Loss<P, B, A>,
  precision: MixedPrecision | undefined,
  params: P,
  batch: B,
  state: LossScaleState | undefined,
): LossGradients<P, A> => {
  const loss = lossUnder(own, precision);
  const rule = precision?.lossScale;
  if (rule === undefined || precision === undefined || !isScaled(precision))
    return plainGradients(loss, params, batch);
  if (state === undefined) throw missing();
  const scaled = (p: P, b: B): [Tensor, readonly [Tensor, A]] => {
    const [value, aux] = loss(p, b);
    return [rule.scaled(value, state), [value, aux]];
  };
  const [[, [value, aux]], grads] = valueAndGrad(scaled, { hasAux: true })(params, batch);
  const finite = allFinite(grads);
  return {
    loss: trusted<Tensor>(value),
    aux: trusted<A>(aux),
    grads: rule.unscaled(trusted<P>(grads), state),
    scaling: { finite, next: rule.adjusted(state, finite) },
  };
};
