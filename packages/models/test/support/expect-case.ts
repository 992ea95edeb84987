import { jit, type Tensor, valueAndGrad } from "@adjoint/core";
import { saveParams, type WeightMap } from "@adjoint/models";
import { expect } from "vitest";
import { checkpoint, expectNear } from "./checkpoint.ts";

/** A checkpoint of the fixtures as a model, on the current backend. */
export type Case<P> = {
  readonly params: P;
  readonly map: WeightMap;
  /** The loss, and what else is stored, by the names of the fixture. */
  readonly results: (
    params: P,
  ) => readonly [loss: Tensor, others: Readonly<Record<string, Tensor>>];
};

/** The value of an Either, or its error thrown. */
export const must = <E, A>(
  either:
    | { readonly _tag: "Left"; readonly left: E }
    | { readonly _tag: "Right"; readonly right: A },
): A => {
  if (either._tag === "Left") throw either.left;
  return either.right;
};

/** Gradients below this are rounding: zero in exact arithmetic, as those of the biases of keys, which move all scores of a query alike. */
const rounding = 1e-6;

const expectGradient = (got: ArrayLike<number>, want: ArrayLike<number>, name: string): void => {
  const isRounding = (x: number): boolean => Math.abs(x) < rounding;
  if (Array.from(want).every(isRounding))
    expect(Array.from(got).every(isRounding), `${name} is zero`).toBe(true);
  else expectNear(got, want, name);
};

/** Compares loss, scores and every gradient, all from one compiled program, with those of the original. */
export const expectCase = async <P>(
  name: string,
  { params, map, results }: Case<P>,
): Promise<void> => {
  const { expected, gradients } = checkpoint(name);
  const [[loss, others], slopes] = jit(valueAndGrad(results, { hasAux: true }))(params);
  for (const [key, value] of Object.entries({ ...others, loss }))
    expectNear(await value.data(), await expected(key).data(), key);
  const stored = await saveParams(map, slopes);
  const wanted = gradients.filter((key) => !map.ignored.test(key));
  expect([...stored.keys()].toSorted()).toEqual(wanted.toSorted());
  for (const key of wanted)
    expectGradient(stored.get(key)!.data, await expected(`grad.${key}`).data(), key);
};
