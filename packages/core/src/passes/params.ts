import { BackendError } from "../errors.ts";
import { type DType } from "../dtype.ts";
import { isIr, type Ir } from "../ir/ir.ts";
import { type Params } from "../primitives/primitive.ts";

const fail = (key: string, kind: string): never => {
  throw new BackendError({
    operation: "compile",
    rule: `parameter ${key} must be ${kind}`,
    fix: "use the primitives of this version of core",
  });
};

const isNumber = (value: unknown): value is number => typeof value === "number";
const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every(isNumber);
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The number `params[key]`; throws BackendError for anything else. */
export const numberParam = (params: Params, key: string): number => {
  const value = params[key];
  return isNumber(value) ? value : fail(key, "a number");
};

/** The list of numbers `params[key]`; throws BackendError for anything else. */
export const numbersParam = (params: Params, key: string): readonly number[] => {
  const value = params[key];
  return isNumbers(value) ? value : fail(key, "a list of numbers");
};

/** The text `params[key]`; throws BackendError for anything else. */
export const textParam = (params: Params, key: string): string => {
  const value = params[key];
  return typeof value === "string" ? value : fail(key, "a string");
};

/** The flag `params[key]`, false when absent. */
export const flagParam = (params: Params, key: string): boolean => params[key] === true;

/** The program `params[key]`; throws BackendError for anything else. */
export const irParam = (params: Params, key: string): Ir => {
  const value = params[key];
  return isIr(value) ? value : fail(key, "a program");
};

/** The programs `params[key]`; throws BackendError for anything else. */
export const irsParam = (params: Params, key: string): readonly Ir[] => {
  const value = params[key];
  return Array.isArray(value) && value.every(isIr) ? value : fail(key, "a list of programs");
};

/** The pairs of numbers `params[key]`; throws BackendError for anything else. */
export const pairsParam = (params: Params, key: string): readonly (readonly number[])[] => {
  const value = params[key];
  return Array.isArray(value) && value.every(isNumbers) ? value : fail(key, "a list of pairs");
};

/** Axes of the left and of the right operand named by `params[key]`; throws BackendError for anything else. */
export const axisPairParam = (
  params: Params,
  key: string,
): { readonly left: readonly number[]; readonly right: readonly number[] } => {
  const value = params[key];
  if (!isRecord(value)) return fail(key, "a pair of axis lists");
  return { left: numbersParam(value, "left"), right: numbersParam(value, "right") };
};

/** The dtype `params[key]`; throws BackendError for anything else. */
export const dtypeParam = (params: Params, key: string): DType => {
  const value = params[key];
  return isDType(value) ? value : fail(key, "a dtype");
};

const isDType = (value: unknown): value is DType =>
  value === "float32" ||
  value === "float16" ||
  value === "bfloat16" ||
  value === "float64" ||
  value === "int32" ||
  value === "uint32" ||
  value === "bool";
