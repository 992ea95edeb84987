import { TreeError } from "@adjoint/core";
import type { GradientTransformation, OptState } from "../gradient-transformation.ts";
import { checkRules } from "../internal/check.ts";

/** Gives the gradients as updates: the empty chain. */
export const identity: GradientTransformation = {
  init: () => null,
  update: (grads, state) => [grads, state],
};

const statesOf = (state: OptState, count: number): readonly OptState[] => {
  if (isList(state) && state.length === count) return state;
  throw new TreeError({
    operation: "chain",
    rule: `its state is a list of ${count}, one for each transformation`,
    got: isList(state) ? `a list of ${state.length}` : typeof state,
    fix: "pass the state that init or the last update of the same optimizer gave",
  });
};

const isList = (state: OptState): state is readonly OptState[] => Array.isArray(state);

/**
 * One transformation after the other: the updates of each are the gradients of the next. Its state is the list of
 * theirs. Throws ArgumentError for what is no transformation.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { chain, clipByGlobalNorm, scaleByLearningRate } from "@adjoint/optim";
 * const rule = chain(clipByGlobalNorm(1), scaleByLearningRate(0.5));
 * const params = { w: tensor([1, 1]) };
 * const [updates] = rule.update({ w: tensor([3, 4]) }, rule.init(params), params);
 * Array.from(await updates.w.data(), (x) => x.toFixed(3)); // => ["-0.300", "-0.400"]
 * ```
 */
export const chain = (...rules: readonly GradientTransformation[]): GradientTransformation => {
  checkRules("chain", ...rules);
  return {
    init: (params) => rules.map((rule) => rule.init(params)),
    update: (grads, state, params, extras) => {
      const states = statesOf(state, rules.length);
      let updates = grads;
      const next: OptState[] = [];
      for (const [i, rule] of rules.entries()) {
        const [changed, own] = rule.update(updates, states[i] ?? null, params, extras);
        updates = changed;
        next.push(own);
      }
      return [updates, next];
    },
  };
};

/** An associative way to put two values together, and its neutral value: what fp-ts and others call a monoid. */
export type Monoid<A> = { readonly concat: (first: A, second: A) => A; readonly empty: A };

/**
 * Gradient transformations form a monoid under `chain`: grouping does not matter and `identity` changes nothing (the
 * updates are equal; only the nesting of the state tells the groupings apart). It fits where fp-ts takes a `Monoid`.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { chainMonoid, scale } from "@adjoint/optim";
 * const rule = [scale(2), scale(3)].reduce(chainMonoid.concat, chainMonoid.empty);
 * const grads = tensor([1]);
 * await rule.update(grads, rule.init(grads), grads)[0].toArray(); // => [6]
 * ```
 */
export const chainMonoid: Monoid<GradientTransformation> = {
  concat: (first, second) => chain(first, second),
  empty: identity,
};
