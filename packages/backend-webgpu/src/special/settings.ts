import { BackendError, type Params } from "@adjoint/core/backend";

const wrong = (name: string, rule: string, got: unknown): BackendError =>
  new BackendError({
    operation: "backend-webgpu",
    rule: `parameter "${name}" must be ${rule}`,
    got: String(got),
  });

/** A number among the parameters; throws BackendError. */
export const numberOf = (params: Params, name: string): number => {
  const value = params[name];
  if (typeof value !== "number") throw wrong(name, "a number", value);
  return value;
};

/** A boolean among the parameters; false when absent. */
export const flagOf = (params: Params, name: string): boolean => params[name] === true;

/** A text among the parameters; throws BackendError. */
export const textOf = (params: Params, name: string): string => {
  const value = params[name];
  if (typeof value !== "string") throw wrong(name, "a text", value);
  return value;
};

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((x) => typeof x === "number");

/** A list of numbers among the parameters; throws BackendError. */
export const numbersOf = (params: Params, name: string): readonly number[] => {
  const value = params[name];
  if (!isNumbers(value)) throw wrong(name, "a list of numbers", value);
  return value;
};

/** A list of lists of numbers among the parameters; throws BackendError. */
export const tableOf = (params: Params, name: string): readonly (readonly number[])[] => {
  const value = params[name];
  if (!Array.isArray(value) || !value.every(isNumbers))
    throw wrong(name, "a list of lists of numbers", value);
  return value;
};
