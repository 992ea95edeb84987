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

/** Throws ArgumentError for no module, and for names that JavaScript would move before the others. */
export const checkNames = (operation: string, modules: object): void => {
  const names = Object.keys(modules);
  if (names.length === 0)
    throw new ArgumentError({ operation, rule: "needs at least one module", got: "none" });
  const numeric = Array.isArray(modules) ? undefined : names.find((name) => /^\d+$/u.test(name));
  if (numeric === undefined) return;
  throw new ArgumentError({
    operation,
    rule: "names of modules must not be whole numbers, as JavaScript puts those first",
    got: numeric,
    fix: "choose another name",
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
