import { DatasetStateError } from "../../errors.ts";
import type { DatasetState } from "../dataset.ts";

/** The fields of a state. */
export type StateFields = { readonly [key: string]: DatasetState };

const refuse = (operation: string, rule: string, got: unknown): DatasetStateError =>
  new DatasetStateError({
    operation,
    rule,
    got: JSON.stringify(got)?.slice(0, 200) ?? typeof got,
    fix: "open a dataset only with states of its own iterators, and null for the start",
  });

const isFields = (state: DatasetState): state is StateFields =>
  typeof state === "object" && state !== null && !Array.isArray(state);

/** The fields of `state`, or undefined at the start; throws DatasetStateError for anything else. */
export const stateFields = (operation: string, state: DatasetState): StateFields | undefined => {
  if (state === null || state === undefined) return undefined;
  if (isFields(state)) return state;
  throw refuse(operation, "a state must be an object", state);
};

/** The whole number `fields[name]`, 0 at the start. */
export const stateCount = (
  operation: string,
  fields: StateFields | undefined,
  name: string,
): number => {
  if (fields === undefined) return 0;
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw refuse(operation, `a state must have a whole number of at least 0 as ${name}`, fields);
};

/** The state of what lies below as `fields[name]`, null at the start. */
export const stateBelow = (
  operation: string,
  fields: StateFields | undefined,
  name: string,
): DatasetState => {
  if (fields === undefined) return null;
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value !== undefined) return value;
  throw refuse(operation, `a state must have ${name}`, fields);
};

/** The list `fields[name]` of `length` states, of nulls at the start. */
export const stateList = (
  operation: string,
  fields: StateFields | undefined,
  name: string,
  length: number,
): readonly DatasetState[] => {
  if (fields === undefined) return Array.from({ length }, () => null);
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (Array.isArray(value) && value.length === length) return value;
  throw refuse(operation, `a state must have a list of ${length} as ${name}`, fields);
};

/** `value`, when it is not more than `most`. */
export const stateAtMost = (
  operation: string,
  name: string,
  value: number,
  most: number,
): number => {
  if (value <= most) return value;
  throw refuse(operation, `${name} of a state must be at most ${most}`, value);
};
