import { isTensor, ShapeError, type Tensor, TreeError } from "@adjoint/core";
import { flatten, formatStructure, leafPaths, leaves, structure } from "@adjoint/core/tree";
import type { GradientTransformation, OptState, UpdateExtras } from "../gradient-transformation.ts";

/** What a rule remembers. */
export type State = { readonly [key: string]: unknown };

/** A transformation that knows what its state holds. */
export type StatefulRule<S extends State> = {
  /** Names what the state holds, for messages. */
  readonly name: string;
  readonly keys: readonly (keyof S & string)[];
  readonly init: <P>(params: P) => S;
  readonly update: <P>(grads: P, state: S, params: P, extras?: UpdateExtras) => readonly [P, S];
};

/** What tells the states of a rule from others. */
export type Described<S extends State> = Pick<StatefulRule<S>, "name" | "keys">;

/** Whether an object has the keys of a rule's states and no others. */
export const hasKeys = <S extends State>({ keys }: Described<S>, state: object): boolean => {
  const found = Object.keys(state);
  return found.length === keys.length && keys.every((key) => found.includes(key));
};

/** What is said of a state that is not the rule's. */
export const wrongState = <S extends State>(
  { name, keys }: Described<S>,
  state: OptState,
): TreeError =>
  new TreeError({
    operation: name,
    rule: `its state holds ${keys.join(", ")}`,
    got: formatStructure(structure(state)),
    fix: "pass the state that init or the last update of the same optimizer gave",
  });

/** A state as one of a rule, which is sound when it has the rule's keys; else throws TreeError. */
export const stateOf = <S extends State>(rule: Described<S>, state: OptState): S => {
  if (typeof state === "object" && state !== null && hasKeys(rule, state)) return state as S;
  throw wrongState(rule, state);
};

/** The shape of the first and the second, when both are tensors and differ. */
const differing = (g: unknown, p: unknown): string | undefined => {
  if (!isTensor(g) || !isTensor(p) || g.shape.join() === p.shape.join()) return undefined;
  return `[${g.shape.join()}] for [${p.shape.join()}]`;
};

/**
 * Throws ShapeError naming a gradient of another shape than its parameter's: the two would broadcast, and the parameter
 * with them. Trees that differ in structure are left to `tree.map`.
 */
const checkShapes = (grads: unknown, params: unknown): void => {
  const [all, own]: readonly (readonly unknown[])[] = [leaves(grads), leaves(params)];
  if (all === undefined || all.length !== own?.length) return;
  const at = all.findIndex((g, i) => differing(g, own[i]) !== undefined);
  if (at < 0) return;
  const path = leafPaths(flatten(params).structure)[at] ?? "";
  throw new ShapeError({
    operation: "update",
    rule: "a gradient has the shape of its parameter",
    got: `${differing(all[at], own[at]) ?? ""}${path === "" ? "" : ` at ${path}`}`,
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
  ): readonly [P, OptState] => {
    checkShapes(grads, params);
    return rule.update(grads, stateOf(rule, state), params, extras);
  },
});

/** A rule that remembers nothing. */
export const withoutState = (update: <P>(grads: P, params: P) => P): GradientTransformation => ({
  init: () => null,
  update: (grads, _state, params) => {
    checkShapes(grads, params);
    return [update(grads, params), null];
  },
});

/** State of a rule that counts its steps. */
export type Counted = { readonly count: Tensor };
