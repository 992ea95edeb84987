import { ArgumentError } from "@adjoint/core";

/** `value` when it is a whole number of at least 1; else throws ArgumentError. */
export const checkSize = (operation: string, name: string, value: unknown): number => {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
  throw new ArgumentError({
    operation,
    rule: `${name} must be a whole number of at least 1`,
    got: String(value),
  });
};

/** `value` when it is a probability below 1; else throws ArgumentError. */
export const checkRate = (operation: string, name: string, value: unknown): number => {
  if (typeof value === "number" && value >= 0 && value < 1) return value;
  throw new ArgumentError({
    operation,
    rule: `${name} must be a number from 0 to less than 1`,
    got: String(value),
  });
};
