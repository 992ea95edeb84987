import { ArgumentError } from "@adjoint/core";
import type { Either } from "@adjoint/core/either";
import type { PretrainedError } from "./pretrained-error.ts";

/** The fields of a config.json. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** How a configuration is read, and what two that mean the same have in common. */
type ConfigReader<C> = {
  readonly operation: string;
  readonly read: (json: unknown) => Either<PretrainedError, C>;
  /** The configuration with its defaults filled in, and without what files need not say. */
  readonly explicit: (config: C) => unknown;
};

const membersOf = (value: unknown): ReadonlyMap<string, unknown> | undefined =>
  typeof value === "object" && value !== null ? new Map(Object.entries(value)) : undefined;

/** Roots and powers of the same number may differ in their last digits. */
const areEqual = (a: unknown, b: unknown): boolean =>
  a === b ||
  (typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= 1e-12 * Math.abs(a));

/** Paths at which two values of plain data differ, with both values. */
const differences = (own: unknown, got: unknown, path = ""): readonly string[] => {
  const [mine, others] = [membersOf(own), membersOf(got)];
  if (mine !== undefined && others !== undefined)
    return [...new Set([...mine.keys(), ...others.keys()])].flatMap((key) =>
      differences(mine.get(key), others.get(key), path === "" ? key : `${path}.${key}`),
    );
  const text = (value: unknown): string => JSON.stringify(value) ?? "nothing";
  return areEqual(own, got) ? [] : [`${path}: ${text(own)} reads back as ${text(got)}`];
};

/**
 * The config.json of a configuration, once reading it is seen to give the same configuration again. Throws ArgumentError with every
 * part that the file does not say.
 */
export const writtenConfig = <C>(
  config: C,
  json: ConfigJson,
  { operation, read, explicit }: ConfigReader<C>,
): ConfigJson => {
  const again = read(JSON.parse(JSON.stringify(json)));
  const problems =
    again._tag === "Left"
      ? again.left.problems
      : differences(explicit(config), explicit(again.right));
  if (problems.length === 0) return json;
  throw new ArgumentError({
    operation,
    rule: "config.json must be able to say the whole configuration",
    got: problems.join("; "),
    fix: "save it as plain JSON instead, or take a family that has these parts",
  });
};
