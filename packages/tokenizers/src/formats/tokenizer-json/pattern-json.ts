import { RegexError } from "../../regex/regex-error.ts";
import { toJsRegex } from "../../regex/to-js-regex.ts";
import type { PatternSpec, SplitBehavior } from "../../spec/pattern.ts";
import { type Field, wrong } from "../json/field.ts";
import type { Json } from "../json/json-text.ts";
import { has, member, oneOf, type Read, string } from "../json/read.ts";

/** Patterns that cannot be compiled, or could take exponential time, are found on loading. */
const regexFromJson: Read<string> = (field) => {
  const pattern = string(field);
  try {
    toJsRegex(pattern);
    return pattern;
  } catch (error) {
    if (error instanceof RegexError || error instanceof SyntaxError)
      throw wrong(field, "must be a regular expression", error.message.slice(0, 300));
    throw error;
  }
};

/** `{"String": ...}` or `{"Regex": ...}`; a bare string is literal, as in early files. */
export const patternFromJson: Read<PatternSpec> = (field: Field) => {
  if (typeof field.value === "string") return { text: field.value };
  if (has(field, "String")) return { text: string(member(field, "String")) };
  if (has(field, "Regex")) return { regex: regexFromJson(member(field, "Regex")) };
  throw wrong(field, `must be {"String": text} or {"Regex": pattern}`);
};

/** The pattern as the format writes it. */
export const patternToJson = (pattern: PatternSpec): Json =>
  "text" in pattern ? { String: pattern.text } : { Regex: pattern.regex };

const behaviors: readonly (readonly [string, SplitBehavior])[] = [
  ["Removed", "removed"],
  ["Isolated", "isolated"],
  ["MergedWithPrevious", "mergedWithPrevious"],
  ["MergedWithNext", "mergedWithNext"],
  ["Contiguous", "contiguous"],
];

/** What becomes of a delimiter. */
export const behaviorFromJson: Read<SplitBehavior> = oneOf(new Map(behaviors));

/** Its name in the format. */
export const behaviorToJson = (behavior: SplitBehavior): string =>
  behaviors.find(([, name]) => name === behavior)?.[0] ?? behavior;
