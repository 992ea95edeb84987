import { ArgumentError, type Tree } from "@adjoint/core";
import type { GradientTransformation, OptState } from "../gradient-transformation.ts";
import { type ByParameter, valuesFor } from "../internal/by-path.ts";
import { checkRules } from "../internal/check.ts";
import { stateOf } from "../internal/with-state.ts";
import { restricted } from "./masked.ts";

/** Names a rule for each parameter: a function of it and its path, or a tree in which a name may stand for a branch. */
export type Labels<L extends string> = Tree<L> | ByParameter<L>;

const isString = (value: unknown): value is string => typeof value === "string";

const labelsOf = (
  labels: unknown,
  names: readonly string[],
  params: unknown,
): readonly string[] => {
  const found = valuesFor("partition", labels, params, isString);
  const unknown = found.find((label) => !names.includes(label));
  if (unknown === undefined) return found;
  throw new ArgumentError({
    operation: "partition",
    rule: `labels name one of the rules ${names.join(", ")}`,
    got: unknown,
  });
};

/**
 * Several rules, each for its own parameters. The state holds that of each under its name. Throws ArgumentError for a
 * label that names no rule, TreeError for a parameter without a label.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { partition, setToZero, sgd } from "@adjoint/optim";
 * const optimizer = partition({ train: sgd({ learningRate: 1 }), freeze: setToZero }, { base: "freeze", head: "train" });
 * const params = { base: { w: tensor([1]), b: tensor([1]) }, head: tensor([1]) };
 * const [{ base, head }] = optimizer.update(params, optimizer.init(params), params);
 * [await base.w.toArray(), await head.toArray()]; // => [[0], [-1]]
 * ```
 */
export const partition = <const R extends Readonly<Record<string, GradientTransformation>>>(
  rules: R,
  labels: Labels<keyof R & string>,
): GradientTransformation => {
  checkRules("partition", ...Object.values(rules));
  const names = Object.keys(rules);
  const parts = Object.entries(rules).map(([name, rule]) => ({
    name,
    rule: restricted(rule, (params) => labelsOf(labels, names, params).map((l) => l === name)),
  }));
  return {
    init: (params) => Object.fromEntries(parts.map(({ name, rule }) => [name, rule.init(params)])),
    update: (grads, state, params, extras) => {
      const states = stateOf<Readonly<Record<string, OptState>>>(
        { name: "partition", keys: names },
        state,
      );
      let updates = grads;
      const next = parts.map(({ name, rule }) => {
        const [changed, own] = rule.update(updates, states[name] ?? null, params, extras);
        updates = changed;
        return [name, own] as const;
      });
      return [updates, Object.fromEntries(next)];
    },
  };
};
