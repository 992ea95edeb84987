import { child, type Field, wrong } from "./field.ts";

/** What a field becomes; throws TokenizerFormatError where it is something else. */
export type Read<A> = (field: Field) => A;

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const objectOf = (field: Field): object => {
  if (!isObject(field.value)) throw wrong(field, "must be an object");
  return field.value;
};

/** The field under `key`; its value is undefined where the object has none of its own. */
export const member = (field: Field, key: string): Field =>
  child(field, key, Object.getOwnPropertyDescriptor(objectOf(field), key)?.value);

/** Whether the field is an object that says something under `key`. */
export const has = (field: Field, key: string): boolean =>
  isObject(field.value) && Object.hasOwn(field.value, key);

/** Whether nothing, or null, stands there. */
export const isAbsent = (field: Field): boolean =>
  field.value === undefined || field.value === null;

/** Keys and values of an object, in its order. */
export const entriesOf = (field: Field): readonly (readonly [string, unknown])[] =>
  Object.entries(objectOf(field));

/** The values of an array. */
export const valuesOf = (field: Field): readonly unknown[] => {
  if (!Array.isArray(field.value)) throw wrong(field, "must be an array");
  return field.value;
};

/** The fields of an array. */
export const itemsOf = (field: Field): readonly Field[] =>
  valuesOf(field).map((value, i) => child(field, i, value));

/** A string. */
export const string: Read<string> = (field) => {
  if (typeof field.value !== "string") throw wrong(field, "must be a string");
  return field.value;
};

/** True or false. */
export const boolean: Read<boolean> = (field) => {
  if (typeof field.value !== "boolean") throw wrong(field, "must be true or false");
  return field.value;
};

/** A finite number. */
export const number: Read<number> = (field) => {
  if (typeof field.value !== "number" || !Number.isFinite(field.value))
    throw wrong(field, "must be a finite number");
  return field.value;
};

/** Ids are 32-bit integers in every encoding. */
const maxCount = 2 ** 31 - 1;

/** Whether a value can be an id or a length. */
export const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxCount;

/** A whole number from 0 to 2^31 - 1: an id, a length. */
export const count: Read<number> = (field) => {
  if (!isCount(field.value)) throw wrong(field, `must be a whole number from 0 to ${maxCount}`);
  return field.value;
};

/** One character (code point). */
export const character: Read<string> = (field) => {
  const text = string(field);
  if ([...text].length !== 1) throw wrong(field, "must be one character");
  return text;
};

/** One of the names; the value that it stands for. */
export const oneOf =
  <A>(names: ReadonlyMap<string, A>): Read<A> =>
  (field) => {
    const value = typeof field.value === "string" ? names.get(field.value) : undefined;
    if (value === undefined)
      throw wrong(field, `must be one of ${[...names.keys()].map((n) => `"${n}"`).join(", ")}`);
    return value;
  };

/** `fallback` where nothing, or null, stands there. */
export const orElse =
  <A>(fallback: NoInfer<A>, read: Read<A>): Read<A> =>
  (field) =>
    isAbsent(field) ? fallback : read(field);

/** Nothing where nothing, or null, stands there. */
export const optional =
  <A>(read: Read<A>): Read<A | undefined> =>
  (field) =>
    isAbsent(field) ? undefined : read(field);
