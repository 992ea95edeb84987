import { ArgumentError } from "@adjoint/core";
import { z } from "zod";
import { type FieldRule, fieldRules } from "../families/field-rules.ts";
import { largestNumber, largestSize, mostLayers } from "./sizes.ts";
import { spelled } from "./spelled.ts";
import { leafAt } from "./tree-of.ts";

/** A rule for every field of `T`. */
export type Rules<T> = { readonly [K in keyof T]-?: z.ZodType };

const must = (rule: string, holds: (value: unknown) => boolean): z.ZodType =>
  z.custom(holds, { error: `must be ${rule}`, abort: true });

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;

const whole = (least: number, most: number): z.ZodType =>
  must(`a whole number of at least ${least}`, (value) => isWhole(value, least, Infinity)).refine(
    (value) => isWhole(value, least, most),
    { error: `must be at most ${most}`, abort: true },
  );

/** A whole number of at least 1. */
export const aSize: z.ZodType = whole(1, largestSize);

/** A size that a list of parts is made for. */
export const aCount: z.ZodType = whole(1, mostLayers);

/** A whole number of at least 0. */
export const aPlace: z.ZodType = whole(0, largestSize);

const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Math.abs(value) <= largestNumber;

/** A number above 0 that float32 holds. */
export const aPositive: z.ZodType = must(
  "a number above 0",
  (value) => isNumber(value) && value > 0,
);

/** A number of at least 0 that float32 holds. */
export const notNegative: z.ZodType = must(
  "a number of at least 0",
  (value) => isNumber(value) && value >= 0,
);

/** The rate of dropout. */
export const aRate: z.ZodType = must(
  "a number from 0 to less than 1",
  (value) => isNumber(value) && value >= 0 && value < 1,
);

export const aFlag: z.ZodType = must("true or false", (value) => typeof value === "boolean");

/** One of some values. */
export const oneOf = (...values: readonly unknown[]): z.ZodType =>
  must(`one of ${values.map((value) => JSON.stringify(value)).join(", ")}`, (value) =>
    values.includes(value),
  );

/** Whole numbers from `least` to `most`. */
export const wholeFrom = (least: number, most: number = largestSize): z.ZodType =>
  whole(least, most);

/** A record with these fields at least. */
export const aRecord = <T>(fields: Rules<T>): z.ZodObject<Rules<T>> =>
  z.object(fields, { error: "must be a record" });

/** A configuration with these fields, which also fit together. */
export const aConfig = <C>(
  fields: Rules<C>,
  rulesOf: (config: C) => readonly FieldRule[],
): z.ZodType =>
  aRecord<C>(fields).superRefine((config, context) =>
    // every field has passed its own rule
    fieldRules(rulesOf)(config as C, context as z.RefinementCtx<C>),
  );

/** A list of what `element` is. */
export const aList = (element: z.ZodType): z.ZodType =>
  z.array(element, { error: "must be a list" });

const spelledValue = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "a record" : String(value);
};

/** Throws ArgumentError, named after `operation`, with the path of the first field that is wrong. */
export type ConfigCheck<C> = (operation: string, config: C) => void;

/** A check that remembers what it has seen to be right. */
export const configCheck = <C extends object>(schema: z.ZodType): ConfigCheck<C> => {
  const right = new WeakSet<object>();
  return (operation, config) => {
    if (right.has(config)) return;
    const { error } = schema.safeParse(config);
    const [issue] = error?.issues ?? [];
    if (issue !== undefined) {
      const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
      throw new ArgumentError({
        operation,
        rule: `${path.length === 0 ? "the configuration" : spelled(path)} ${issue.message}`,
        got: spelledValue(path.length === 0 ? config : leafAt(config, path)),
      });
    }
    right.add(config);
  };
};

/** What a part of settings changes of its defaults; what is no record stays what it is, for the check to find. */
export const changed = <T extends object>(defaults: T, part: Partial<T> | undefined): T =>
  part === undefined || (typeof part === "object" && !Array.isArray(part))
    ? { ...defaults, ...part }
    : (part as T);

/** One element a layer, where that is a count of layers; otherwise none, for the check to find. */
export const layersFrom = <T>(count: number, of: (layer: number) => T): readonly T[] =>
  aCount.safeParse(count).success ? Array.from({ length: count }, (_, i) => of(i)) : [];
