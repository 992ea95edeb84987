/** A value of the interpreter: its kind, and what it holds as JavaScript has it. */
export type Value = { readonly type: string; value: unknown; toString(): string };

/** Ends a template that costs too much; Jinja's own loops let it through. */
export class LimitError extends Error {}

/** What a template may cost. */
export type Limits = {
  /** Statements and expressions that are evaluated, and entries of any list. */
  readonly maxSteps: number;
  /** UTF-16 units of any text that comes up. */
  readonly maxLength: number;
};

/** Length of a text, 0 for what is none. */
export const textLength = (value: Value | undefined): number =>
  typeof value?.value === "string" ? value.value.length : 0;

/** How many entries a list or a map has, 0 for what is neither. */
export const entryCount = (value: Value | undefined): number => {
  if (Array.isArray(value?.value)) return value.value.length;
  return value?.value instanceof Map ? value.value.size : 0;
};

/** Throws LimitError for a text or a list that is too long. */
export const checkSize = (value: Value, { maxSteps, maxLength }: Limits): void => {
  checkLength(textLength(value), maxLength);
  if (entryCount(value) > maxSteps)
    throw new LimitError(`a list of ${entryCount(value)}, more than ${maxSteps}`);
};

/** Throws LimitError for a length that a text must not have. */
export const checkLength = (length: number, maxLength: number): void => {
  if (length > maxLength) throw new LimitError(`a text of ${length}, more than ${maxLength}`);
};

/**
 * About how long a value is as text, with `wide` units for each entry and each level that it lies within. Throws
 * LimitError where it holds too much, as a list does that holds another twice, and so on.
 */
export const writtenLength = (value: Value, limits: Limits, wide = 0): number => {
  let length = 0;
  let entries = 0;
  const visit = (each: Value, depth: number): void => {
    length += textLength(each) + 4 + wide * depth;
    checkLength(length, limits.maxLength);
    if (++entries > limits.maxSteps) throw new LimitError(`a value of ${entries} entries`);
    const { value: held } = each;
    if (held instanceof Map)
      for (const [key, inner] of held as Map<string, Value>) {
        length += key.length;
        visit(inner, depth + 1);
      }
    else if (Array.isArray(held)) for (const inner of held as Value[]) visit(inner, depth + 1);
  };
  visit(value, 1);
  return length;
};
