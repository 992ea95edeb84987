import { isTensor, TreeError } from "@adjoint/core";
import type { OptState } from "../gradient-transformation.ts";
import { type Described, hasKeys, type State, wrongState } from "./with-state.ts";

type Children = readonly unknown[] | { readonly [key: string]: unknown };

const isInner = (value: unknown): value is Children =>
  typeof value === "object" && value !== null && !isTensor(value);

/** The outermost states of a rule in a state, each with how to put another in its place. */
const statesIn = <S extends State>(
  rule: Described<S>,
  fits: (state: S) => boolean,
  value: unknown,
): readonly (readonly [S, (next: S) => unknown])[] => {
  if (!isInner(value)) return [];
  // the rule's keys make it one of its states
  if (hasKeys(rule, value) && fits(value as S)) return [[value as S, (next) => next]];
  return Object.entries(value).flatMap(([key, child]: readonly [string, unknown]) =>
    statesIn(rule, fits, child).map(([state, put]) => {
      const around = (next: S): unknown =>
        Array.isArray(value)
          ? value.map((other: unknown, i) => (String(i) === key ? put(next) : other))
          : { ...value, [key]: put(next) };
      return [state, around] as const;
    }),
  );
};

/**
 * The state of a rule within that of an optimizer which has the rule somewhere inside, and how to put another in its
 * place. Throws TreeError where there is none or more than one.
 */
export const nestedState = <S extends State>(
  rule: Described<S>,
  state: OptState,
  fits: (state: S) => boolean = () => true,
): readonly [state: S, put: (next: S) => OptState] => {
  const [first, ...others] = statesIn(rule, fits, state);
  if (first === undefined) throw wrongState(rule, state);
  const [found, put] = first;
  if (others.length === 0) return [found, (next) => put(next) as OptState]; // a state with a part replaced
  throw new TreeError({
    operation: rule.name,
    rule: "an optimizer has its state once",
    got: `${1 + others.length} times`,
    fix: "pass the one that is meant",
  });
};
