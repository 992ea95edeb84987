import { ArgumentError } from "@adjoint/core";

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
