import { type Tensor, TreeError } from "@adjoint/core";
import { formatStructure, structure } from "@adjoint/core/tree";
import type { GradientTransformation, OptState } from "../gradient-transformation.ts";

type State = { readonly [key: string]: unknown };

/** A transformation that knows what its state holds. */
export type StatefulRule<S extends State> = {
  /** Names what the state holds, for messages. */
  readonly name: string;
  readonly keys: readonly (keyof S & string)[];
  readonly init: (params: unknown) => S;
  readonly update: <P>(grads: P, state: S, params: P) => readonly [P, S];
};

const checkState = (
  { name, keys }: { readonly name: string; readonly keys: readonly string[] },
  state: OptState,
): void => {
  const found = typeof state === "object" && state !== null ? Object.keys(state) : [];
  if (found.length === keys.length && keys.every((key) => found.includes(key))) return;
  throw new TreeError({
    operation: name,
    rule: `its state holds ${keys.join(", ")}`,
    got: formatStructure(structure(state)),
    fix: "pass the state that init or the last update of the same optimizer gave",
  });
};

/** Hides the type of a rule's state. The cast is sound for states with the rule's keys, which is checked. */
export const withState = <S extends State>(rule: StatefulRule<S>): GradientTransformation => ({
  init: rule.init,
  update: <P>(grads: P, state: OptState, params: P): readonly [P, S] => {
    checkState(rule, state);
    return rule.update(grads, state as S, params);
  },
});

/** A rule that remembers nothing. */
export const withoutState = (update: <P>(grads: P, params: P) => P): GradientTransformation => ({
  init: () => null,
  update: (grads, _state, params) => [update(grads, params), null],
});

/** State of a rule that counts its steps. */
export type Counted = { readonly count: Tensor };
