import { ArgumentError } from "@adjoint/core";

/** A setting by name, its value and the least one that it may have. */
type Setting = readonly [name: string, value: number | undefined, least: number];

/** Throws ArgumentError for a setting that is given and is no whole number from its least value on. */
export const checkSettings = (operation: string, settings: readonly Setting[]): void => {
  const bad = settings.find(
    ([, value, least]) => value !== undefined && (!Number.isInteger(value) || value < least),
  );
  if (bad === undefined) return;
  throw new ArgumentError({
    operation,
    rule: `${bad[0]} must be a whole number of at least ${bad[2]}`,
    got: String(bad[1]),
  });
};
