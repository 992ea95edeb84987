import { TokenizerFormatError } from "../../errors.ts";

/** A value inside a JSON document that remembers where it is. */
export type Field = {
  readonly operation: string;
  readonly value: unknown;
  readonly key: string | number;
  readonly parent: Field | undefined;
  readonly depth: number;
};

/** Sequences of tokenizer files nest two or three deep. */
const maxDepth = 32;

/** The whole document, as a field. */
export const rootField = (operation: string, value: unknown): Field => ({
  operation,
  value,
  key: "",
  parent: undefined,
  depth: 0,
});

const step = (key: string | number): string => {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${shortened(JSON.stringify(key))}]`;
};

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Where a field is, such as `model.vocab["a"]`. */
export const pathOf = (field: Field): string => {
  const keys: string[] = [];
  for (let at = field; at.parent !== undefined; at = at.parent) keys.push(step(at.key));
  return keys.length === 0 ? "the document" : keys.reverse().join("").replace(/^\./, "");
};

/** A value in few words: documents may hold megabytes. */
export const described = (value: unknown): string => {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return shortened(JSON.stringify(value) ?? typeof value);
};

/** The complaint that a field breaks a rule; `got` replaces the field's value. */
export const wrong = (field: Field, rule: string, got?: string): TokenizerFormatError =>
  new TokenizerFormatError({
    operation: field.operation,
    rule: `${pathOf(field)} ${rule}`,
    got: got ?? described(field.value),
  });

/** The field that holds `value` under `key`. Throws TokenizerFormatError where documents nest without end. */
export const child = (parent: Field, key: string | number, value: unknown): Field => {
  const field = { operation: parent.operation, value, key, parent, depth: parent.depth + 1 };
  if (field.depth > maxDepth) throw wrong(field, `is nested deeper than ${maxDepth}`);
  return field;
};
