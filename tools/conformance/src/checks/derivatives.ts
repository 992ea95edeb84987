import { fromData, isFloat, jvp, type Tensor, vjp } from "@adjoint/core";
import { checkGrads } from "@adjoint/core/testing";
import type { Case, Program } from "../row.ts";
import { call, isFinite, tensorsOf } from "./values.ts";

type Leaves = readonly Tensor[];
type Flat = (...xs: Leaves) => Leaves;

/** Fixed irregular numbers of the type of `x`. */
export const directionLike = (x: Tensor, seed: number): Tensor =>
  fromData(
    Float64Array.from({ length: x.size }, (_, i) => Math.sin(1.7 * (i + 1) + seed) + 0.1),
    x.shape,
    x.dtype,
  );

const isDifferentiable = (x: Tensor): boolean => isFloat(x.dtype);

/** The float results of a program as a function of its float arguments. */
export const floatPart = (run: Program, xs: Leaves): Flat => {
  const fixed = xs.map((x) => (isDifferentiable(x) ? null : x));
  return (...slots) => {
    const next = slots[Symbol.iterator]();
    return call(
      run,
      fixed.map((x) => x ?? (next.next().value as Tensor)),
    ).filter(isDifferentiable);
  };
};

/** Cotangents of the arguments for fixed cotangents of the results. */
export const pullback =
  (f: Flat): Flat =>
  (...xs) => {
    const [ys, pull] = vjp<Leaves, Leaves>(f, ...xs);
    return pull(ys.map((y, i) => directionLike(y, i + 3)) as never);
  };

/** Tangents of the results along fixed tangents of the arguments. */
export const pushforward =
  (f: Flat): Flat =>
  (...xs) =>
    jvp<Leaves, Leaves>(f, xs, xs.map((x, i) => directionLike(x, i + 9)) as never)[1];

/** Whether a case has anything to differentiate. */
export const hasDerivatives = (c: Case): boolean => c.args.some((a) => isFloat(a.dtype));

/** Up to which order a case is compared with finite differences. */
export const orderOf = (c: Case): number =>
  hasDerivatives(c) && isFinite(c) && c.reference === undefined ? (c.order ?? 2) : 0;

/** Both modes and every mix of them against central differences in float64. */
export const checkDerivatives = async (c: Case): Promise<void> => {
  const order = orderOf(c);
  if (order > 0) await checkGrads(c.run as never, tensorsOf(c.args, "float64") as never, { order });
};
