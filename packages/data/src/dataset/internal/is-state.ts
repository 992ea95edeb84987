import type { DatasetState } from "../dataset.ts";

const deepest = 1000;

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Whether a value is the same after it was written as JSON and read again. */
export const isState = (value: unknown, depth = 0): value is DatasetState => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth > deepest) return false;
  if (!Array.isArray(value) && !isPlain(value)) return false;
  return Object.values(value).every((item) => isState(item, depth + 1));
};
