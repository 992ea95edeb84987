import { ArgumentError } from "@adjoint/core";

/** Makes the error of an operation. */
export type Complain = (rule: string, got: string, fix?: string) => ArgumentError;

/** The errors of `operation`. */
export const complaintOf =
  (operation: string): Complain =>
  (rule, got, fix) =>
    new ArgumentError({ operation, rule, got, ...(fix === undefined ? {} : { fix }) });

/** A value as an error shows it. */
export const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);

/** Whether a value is a list or a stream; a text is none. */
export const isIterable = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (Symbol.iterator in value || Symbol.asyncIterator in value);
