import { DataError, type DataPosition } from "../../errors.ts";

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of JSON, without a prototype. */
export type JsonObject = { readonly [key: string]: Json };

const deepest = 500;

const tooDeep = (operation: string, position: DataPosition): DataError =>
  new DataError({ operation, rule: `JSON must not nest deeper than ${deepest}` }, position);

/** The same value with objects that have no prototype. */
const bare = (value: Json, depth: number, fail: () => DataError): Json => {
  if (typeof value !== "object" || value === null) return value;
  if (depth > deepest) throw fail();
  if (Array.isArray(value)) return value.map((item: Json) => bare(item, depth + 1, fail));
  const result: { [key: string]: Json } = Object.create(null);
  for (const [key, item] of Object.entries(value as JsonObject))
    result[key] = bare(item, depth + 1, fail);
  return result;
};

/** The value of a JSON text; throws DataError at `position`. */
export const parseJson = (operation: string, text: string, position: DataPosition): Json => {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message.slice(0, 120) : String(cause);
    throw new DataError({ operation, rule: "every line must be JSON", got }, position, { cause });
  }
  return bare(value, 1, () => tooDeep(operation, position));
};
