/** What JSON can say. Objects whose keys are data are Maps: `__proto__` is a token like others, and order is kept. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | ReadonlyMap<string, Json>
  | { readonly [key: string]: Json };

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

const isMap = (value: Json): value is ReadonlyMap<string, Json> => value instanceof Map;

const objectText = (entries: Iterable<readonly [string, Json]>): string =>
  `{${Array.from(entries, ([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join(",")}}`;

/** A value as JSON text. */
export const jsonText = (value: Json): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  return objectText(isMap(value) ? value : Object.entries(value));
};

/** Null for what JSON cannot leave undefined. */
export const orNull = <A>(value: A | undefined): A | null => value ?? null;
