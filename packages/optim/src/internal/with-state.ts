import { type Tensor, TreeError } from "@adjoint/core";
import { formatStructure, structure } from "@adjoint/core/tree";
import type { GradientTransformation, OptState, UpdateExtras } from "../gradient-transformation.ts";

type State = { readonly [key: string]: unknown };

/** A transformation that knows what its state holds. */
export type StatefulRule<S extends State> = {
  /** Names what the state holds, for messages. */
  readonly name: string;
  readonly keys: readonly (keyof S & string)[];
  readonly init: <P>(params: P) => S;
  readonly update: <P>(grads: P, state: S, params: P, extras?: UpdateExtras) => readonly [P, S];
};

type Described<S extends State> = Pick<StatefulRule<S>, "name" | "keys">;

/** A state as one of a rule, which is sound when it has the rule's keys; else throws TreeError. */
export const stateOf = <S extends State>({ name, keys }: Described<S>, state: OptState): S => {
  const found = typeof state === "object" && state !== null ? Object.keys(state) : [];
  if (found.length === keys.length && keys.every((key) => found.includes(key))) return state as S;
  throw new TreeError({
    operation: name,
    rule: `its state holds ${keys.join(", ")}`,
    got: formatStructure(structure(state)),
    fix: "pass the state that init or the last update of the same optimizer gave",
  });
};

/** Hides the type of a rule's state. */
export const withState = <S extends State>(rule: StatefulRule<S>): GradientTransformation => ({
  init: rule.init,
  update: <P>(
    grads: P,
    state: OptState,
    params: P,
    extras?: UpdateExtras,
  ): readonly [P, OptState] => rule.update(grads, stateOf(rule, state), params, extras),
});

/** A rule that remembers nothing. */
export const withoutState = (update: <P>(grads: P, params: P) => P): GradientTransformation => ({
  init: () => null,
  update: (grads, _state, params) => [update(grads, params), null],
});

/** State of a rule that counts its steps. */
export type Counted = { readonly count: Tensor };
