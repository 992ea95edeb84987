import { ArgumentError, isTensor } from "@adjoint/core";

const described = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
};

/** Throws ArgumentError unless all of the values, called by their names, are tensors. */
export const checkTensors = (
  operation: string,
  values: Readonly<Record<string, unknown>>,
): void => {
  for (const [name, value] of Object.entries(values))
    if (!isTensor(value))
      throw new ArgumentError({
        operation,
        rule: `${name} must be a tensor`,
        got: described(value),
        fix: "make one with tensor(...)",
      });
};

/** Throws ArgumentError unless all of the values, called by their names, are records. */
export const checkRecords = (
  operation: string,
  values: Readonly<Record<string, unknown>>,
): void => {
  for (const [name, value] of Object.entries(values))
    if (typeof value !== "object" || value === null || Array.isArray(value) || isTensor(value))
      throw new ArgumentError({
        operation,
        rule: `${name} must be a record`,
        got: isTensor(value) ? "a tensor" : described(value),
      });
};
