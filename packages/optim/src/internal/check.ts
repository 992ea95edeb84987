import { ArgumentError, type DType, isFloat, isTensor } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";

type Range = { readonly min?: number; readonly below?: number; readonly whole?: boolean };

const described = ({ min = Number.NEGATIVE_INFINITY, below, whole = false }: Range): string =>
  [
    whole ? "a whole number" : "a finite number",
    ...(Number.isFinite(min) ? [`of at least ${min}`] : []),
    ...(below === undefined ? [] : [`below ${below}`]),
  ].join(" ");

/** `value` when it is in range; else throws ArgumentError. */
export const checkNumber = (
  operation: string,
  name: string,
  value: number,
  range: Range = {},
): number => {
  const { min = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY, whole = false } = range;
  if (
    Number.isFinite(value) &&
    value >= min &&
    value < below &&
    (!whole || Number.isInteger(value))
  )
    return value;
  throw new ArgumentError({
    operation,
    rule: `${name} must be ${described(range)}`,
    got: String(value),
  });
};

/** As `checkNumber`; a tensor must be a scalar, its value cannot be looked at. */
export const checkHyperparam = (
  operation: string,
  name: string,
  value: Hyperparam,
  range: Range = {},
): Hyperparam => {
  if (!isTensor(value)) return checkNumber(operation, name, value, range);
  if (value.rank === 0) return value;
  throw new ArgumentError({
    operation,
    rule: `${name} must be a number or a scalar tensor`,
    got: `shape [${value.shape.join()}]`,
  });
};

/** Throws ArgumentError unless `value` is one of the names. */
export const checkName = (
  operation: string,
  name: string,
  value: string,
  names: readonly string[],
): void => {
  if (names.includes(value)) return;
  throw new ArgumentError({ operation, rule: `${name} is ${names.join(" or ")}`, got: value });
};

const nameOf = (value: unknown): string => (value === null ? "null" : typeof value);

/** The settings of a rule; throws ArgumentError for none at all, which only code without types can give. */
export const settingsOf = <T extends object>(operation: string, settings: T): T => {
  const given: unknown = settings;
  if (typeof given === "object" && given !== null) return settings;
  throw new ArgumentError({
    operation,
    rule: "takes its settings in an object",
    got: nameOf(given),
  });
};

/** Throws ArgumentError unless each is a transformation, as a rule that is not exported gives undefined. */
export const checkRules = (
  operation: string,
  ...rules: readonly GradientTransformation[]
): void => {
  const all: readonly unknown[] = rules;
  const at = all.findIndex(
    (rule) => typeof rule !== "object" || rule === null || !("init" in rule && "update" in rule),
  );
  if (at < 0) return;
  throw new ArgumentError({
    operation,
    rule: "takes gradient transformations, { init, update }",
    got: `${nameOf(all[at])} as number ${at + 1}`,
  });
};

/** Throws ArgumentError for a dtype that holds no fractions. */
export const checkFloat = (operation: string, name: string, dtype: DType | undefined): void => {
  if (dtype === undefined || isFloat(dtype)) return;
  throw new ArgumentError({ operation, rule: `${name} is a floating-point dtype`, got: dtype });
};
