import {
  checkLength,
  entryCount,
  type Limits,
  textLength,
  type Value,
  writtenLength,
} from "./template-value.ts";

/** Work is counted in characters that are walked through; an entry of a list costs about as much as ten. */
const perEntry = 10;

/** How many characters to walk through are a step. */
export const perStep = 100;

/** What a value costs whoever walks through it. */
export const walkOf = (value: Value): number => textLength(value) + perEntry * entryCount(value);

/** What a slice of a value costs; a text is cut into its characters. */
export const sliceWork = (value: Value): number =>
  perEntry * (textLength(value) + entryCount(value));

/** What a search costs at worst: long patterns can nearly match at every place. */
const searchOf = (text: number, pattern: number): number => text * (1 + pattern / 100);

/** What an operator costs, which must be known before it runs. */
export const operatorWork = (name: string, left: Value, right: Value, limits: Limits): number => {
  const [a, b] = [textLength(left), textLength(right)];
  if (name === "in" || name === "not in")
    return a + searchOf(b, a) + entryCount(right) * (perEntry + a);
  if (name !== "+" && name !== "~") return Math.min(a, b);
  // Joined texts are walked through when they are used.
  checkLength(a + b, limits.maxLength);
  const entries = entryCount(left) + entryCount(right);
  if (entries === 0) return 0;
  const areLists = Array.isArray(left.value) && Array.isArray(right.value);
  if (name === "+" && areLists) return perEntry * entries;
  return writtenLength(left, limits) + writtenLength(right, limits);
};

/** What a filter or a method is given beside what it works on. */
export type Arguments = {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
};

const numberOf = (value: Value | undefined): number | undefined =>
  typeof value?.value === "number" ? value.value : undefined;

/** How often a text holds another one, counted up to `most`. */
const countOf = (text: string, part: string, most: number): number => {
  if (part === "") return Math.min(most, text.length + 1);
  let count = 0;
  for (let at = text.indexOf(part); at >= 0 && count < most; count++)
    at = text.indexOf(part, at + part.length);
  return count;
};

const replaceWork = (text: string, { positional, named }: Arguments, limits: Limits): number => {
  const [from, to] = positional;
  if (typeof from?.value !== "string" || typeof to?.value !== "string") return 0;
  const most = numberOf(named.get("count") ?? positional[2]) ?? -1;
  const times = countOf(text, from.value, most < 0 ? Infinity : most);
  const length = text.length + times * (to.value.length - from.value.length);
  checkLength(length, limits.maxLength);
  return searchOf(text.length, from.value.length) + length;
};

const splitWork = (text: string, { positional }: Arguments, limits: Limits): number => {
  const [separator] = positional;
  const by = typeof separator?.value === "string" ? separator.value : undefined;
  // Without a separator, half of the characters at most begin a word.
  const parts = by === undefined ? text.length / 2 : countOf(text, by, Infinity) + 1;
  if (by !== undefined) checkLength(parts, limits.maxSteps);
  return searchOf(text.length, by?.length ?? 1) + perEntry * parts;
};

const joinWork = (operand: Value, given: Arguments, limits: Limits): number => {
  const separator = given.positional[0] ?? given.named.get("separator");
  const parts = textLength(operand) + entryCount(operand);
  const length = writtenLength(operand, limits) + parts * textLength(separator);
  checkLength(length, limits.maxLength);
  return length + perEntry * textLength(operand);
};

const indentWork = (text: string, { positional, named }: Arguments, limits: Limits): number => {
  const width = numberOf(positional[0] ?? named.get("width")) ?? 4;
  const length = text.length + (countOf(text, "\n", Infinity) + 1) * Math.max(0, width);
  checkLength(length, limits.maxLength);
  return length;
};

const jsonWork = (operand: Value, { named }: Arguments, limits: Limits): number => {
  const separators = named.get("separators");
  const between = separators === undefined ? 0 : writtenLength(separators, limits);
  const wide = (numberOf(named.get("indent")) ?? 0) + between;
  return writtenLength(operand, limits, Math.max(0, wide));
};

/** Sorting compares each entry about so often. */
const comparisons = 20;

/**
 * What a filter or a method costs, which must be known before it runs. Throws LimitError where it would make too long a
 * text.
 */
export const callWork = (
  name: string,
  operand: Value,
  given: Arguments,
  limits: Limits,
): number => {
  const { value } = operand;
  if (name === "tojson") return jsonWork(operand, given, limits);
  if (name === "join") return joinWork(operand, given, limits);
  if (typeof value === "string") {
    if (name === "replace") return replaceWork(value, given, limits);
    if (name === "split") return splitWork(value, given, limits);
    if (name === "indent") return indentWork(value, given, limits);
    const texts = given.positional.map((each) => writtenLength(each, limits));
    return texts.reduce((sum, length) => sum + length, value.length);
  }
  if (name === "sort" || name === "dictsort") return comparisons * writtenLength(operand, limits);
  if (name === "string" || name === "unique") return writtenLength(operand, limits);
  const words = [...given.positional, ...given.named.values()];
  const each = words.reduce((sum, word) => sum + textLength(word), perEntry);
  return entryCount(operand) * each;
};
