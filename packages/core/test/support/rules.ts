import { cos, fromData, grad, iota, jvp, type Tensor, vmap } from "@adjoint/core";
import { expect } from "vitest";

/** A fixed, uneven weighting, so that a wrong place or factor shows. */
export const weighted = (y: Tensor): Tensor =>
  y.mul(cos(iota([y.size], 0, { dtype: "float64" }).reshape(y.shape))).sum();

const numericGradient = (f: (x: Tensor) => Tensor, x: Tensor): readonly number[] => {
  const base = Float64Array.from(x.dataSync());
  const h = 1e-5;
  const value = (i: number, delta: number): number => {
    const moved = base.slice();
    moved[i] = (moved[i] ?? 0) + delta;
    return Number(f(fromData(moved, x.shape, "float64")).itemSync());
  };
  return Array.from(base, (_, i) => (value(i, h) - value(i, -h)) / (2 * h));
};

const close = (got: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void => {
  expect(got.length, what).toBe(wanted.length);
  const scale = Math.max(1, ...Array.from(wanted, Math.abs));
  Array.from(got).forEach((g, i) => {
    expect(
      Math.abs(g - (wanted[i] ?? Number.NaN)) / scale,
      `${what}, element ${i}: ${g} against ${wanted[i]}`,
    ).toBeLessThan(1e-7);
  });
};

/** First derivative (reverse and forward) and second derivative of `f` at `x` against central differences in float64. */
export const checkDerivatives = (f: (x: Tensor) => Tensor, x: Tensor): void => {
  const loss = (v: Tensor): Tensor => weighted(f(v));
  const gradient = grad(loss);
  const wanted = numericGradient(loss, x);
  close(gradient(x).dataSync(), wanted, "reverse");
  const direction = cos(iota([x.size], 0, { dtype: "float64" })).reshape(x.shape);
  const [, slope] = jvp(loss, [x], [direction]);
  const along = Array.from(direction.dataSync()).reduce(
    (sum, d, i) => sum + d * (wanted[i] ?? 0),
    0,
  );
  close([Number(slope.itemSync())], [along], "forward");
  const second = (v: Tensor): Tensor => weighted(gradient(v).mul(v.add(2)));
  close(grad(second)(x).dataSync(), numericGradient(second, x), "second");
};

/** `f` mapped over the axis 0 that `batched` arguments have, against a loop over it. */
export const checkVmap = (
  f: (...xs: readonly Tensor[]) => Tensor,
  args: readonly Tensor[],
  batched: readonly boolean[],
): void => {
  const size = args[batched.indexOf(true)]?.shape[0] ?? 0;
  const mapped = vmap(f, { inAxes: batched.map((b) => (b ? 0 : null)) })(...args);
  const rows = Array.from({ length: size }, (_, n) => {
    const own = args.map((a, i) => {
      if (!(batched[i] ?? false)) return a;
      const rest = a.shape.slice(1);
      return a.slice([n, ...rest.map(() => 0)], [n + 1, ...rest]).reshape(rest);
    });
    return f(...own);
  });
  expect(mapped.shape).toEqual([size, ...(rows[0]?.shape ?? [])]);
  expect(Array.from(mapped.dataSync())).toEqual(rows.flatMap((r) => Array.from(r.dataSync())));
};
