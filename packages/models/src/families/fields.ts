import { z } from "zod";
import { largestNumber, largestSize, mostLayers } from "../internal/sizes.ts";

/** How each field of `T` is read. */
export type Readers<T> = { readonly [K in keyof T]: z.ZodType<T[K]> };

/** A size: a whole number of at least 1. */
export const size: z.ZodType<number> = z.int().min(1).max(largestSize);

/** A number of layers, experts or stages. */
export const count: z.ZodType<number> = z.int().min(1).max(mostLayers);

/** A token or a layer, counted from 0. */
export const place: z.ZodType<number> = z.int().min(0).max(largestSize);

/** A number above 0. */
export const positive: z.ZodType<number> = z.number().positive().max(largestNumber);

/** A rate of dropout. */
export const rate: z.ZodType<number> = z.number().min(0).lt(1);

/** A field that may be left out or null. */
export const optional = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> =>
  schema.nullish().transform((value) => value ?? undefined);

/** A field that is `value` when left out, and undefined when null. */
export const absentIs = <T>(schema: z.ZodType<T>, value: T): z.ZodType<T | undefined> =>
  schema.nullish().transform((given) => (given === undefined ? value : (given ?? undefined)));

/** A flag that is false when left out. */
export const flag: z.ZodType<boolean> = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

/** Weights that are not what this package computes are refused instead of giving other numbers. */
export const only = (...values: readonly unknown[]): z.ZodType =>
  z
    .unknown()
    .optional()
    .refine((value) => value === undefined || value === null || values.includes(value), {
      message: `only ${values.map((v) => JSON.stringify(v)).join(" and ")} can be loaded`,
    });
