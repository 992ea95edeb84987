import { ArgumentError } from "@adjoint/core";

/** `value`, when it is a whole number of at least `least`; else throws ArgumentError. */
export const wholeNumber = (
  operation: string,
  name: string,
  value: number,
  least: number,
): number => {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ArgumentError({
    operation,
    rule: `${name} must be a whole number of at least ${least}`,
    got: `${value}`,
  });
};

/** As `wholeNumber`, or Infinity. */
export const countOrInfinity = (
  operation: string,
  name: string,
  value: number,
  least: number,
): number => (value === Infinity ? value : wholeNumber(operation, name, value, least));

/** `value`, when it is a function; else throws ArgumentError. */
export const checkFunction = <F>(operation: string, name: string, value: F): F => {
  if (typeof value === "function") return value;
  throw new ArgumentError({
    operation,
    rule: `${name} must be a function`,
    got: value === null ? "null" : typeof value,
  });
};

/** `value`, when it is a dataset; else throws ArgumentError. */
export const checkDataset = <D extends { readonly open: unknown }>(
  operation: string,
  value: D,
): D => {
  if (typeof value === "object" && value !== null && typeof value.open === "function") return value;
  throw new ArgumentError({
    operation,
    rule: "needs a dataset",
    got: value === null ? "null" : typeof value,
    fix: "make one with fromArray or fromIterable",
  });
};
