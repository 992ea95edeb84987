import { type Eqn, logicalBytes, type Var } from "@adjoint/core/backend";

/** Bytes that the results of equations take together at most, in this order, each freed after it is read last. */
export const peakBytes = (eqns: readonly Eqn[]): number => {
  const last = new Map<Var, number>();
  eqns.forEach(({ inputs, outputs }, i) => {
    for (const v of [...outputs, ...inputs]) if (v.kind === "var") last.set(v, i);
  });
  const made = new Set<Var>();
  let [live, peak] = [0, 0];
  const bytes = ({ aval }: Var): number => logicalBytes(aval.shape, aval.dtype);
  eqns.forEach(({ inputs, outputs }, i) => {
    for (const v of outputs) {
      made.add(v);
      live += bytes(v);
    }
    peak = Math.max(peak, live);
    for (const v of [...inputs, ...outputs]) {
      if (v.kind !== "var" || last.get(v) !== i || !made.delete(v)) continue;
      live -= bytes(v);
    }
  });
  return peak;
};
