import { ArgumentError, getBackend, type Tensor, valueAndGrad } from "@adjoint/core";
import { allFinite, type LossScaleState } from "@adjoint/optim";
import { trusted } from "../internal/trusted.ts";
import type { MixedPrecision } from "./mixed-precision.ts";

type Loss<P, B> = (params: P, batch: B) => Tensor;

/** Loss and gradients of a batch, and what loss scaling made of them. */
export type LossGradients<P> = {
  readonly loss: Tensor;
  /** In the dtypes of the parameters, not scaled. */
  readonly grads: P;
  /** Where losses are scaled: whether all gradients are finite, and the scale for the next step. */
  readonly scaling?: { readonly finite: Tensor; readonly next: LossScaleState };
};

/** The loss computed as a policy says, in float32. */
export const lossUnder =
  <P, B>(loss: Loss<P, B>, precision: MixedPrecision | undefined): Loss<P, B> =>
  (params, batch) =>
    precision === undefined
      ? loss(params, batch)
      : precision.castToOutput(loss(precision.castToCompute(params), precision.castBatch(batch)));

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
const plainGradients = <P, B>(loss: Loss<P, B>, params: P, batch: B): LossGradients<P> => {
  const [value, grads] = valueAndGrad(loss)(params, batch);
  return { loss: trusted<Tensor>(value), grads: trusted<P>(grads) };
};

/** Loss and gradients of a batch, under a policy if there is one; the loss is differentiated times its scale. */
export const lossGradients = <P, B>(
  own: Loss<P, B>,
  precision: MixedPrecision | undefined,
  params: P,
  batch: B,
  state: LossScaleState | undefined,
): LossGradients<P> => {
  const loss = lossUnder(own, precision);
  const rule = precision?.lossScale;
  if (rule === undefined || precision === undefined || !isScaled(precision))
    return plainGradients(loss, params, batch);
  if (state === undefined) throw missing();
  const scaled = (p: P, b: B): [Tensor, Tensor] => {
    const value = loss(p, b);
    return [rule.scaled(value, state), value];
  };
  const [[, value], grads] = valueAndGrad(scaled, { hasAux: true })(params, batch);
  const finite = allFinite(grads);
  return {
    loss: trusted<Tensor>(value),
    grads: rule.unscaled(trusted<P>(grads), state),
    scaling: { finite, next: rule.adjusted(state, finite) },
  };
};
