import type { PatternSpec, SplitBehavior } from "../../spec/pattern.ts";
import { type Field, wrong } from "../json/field.ts";
import type { Json } from "../json/json-text.ts";
import { has, member, oneOf, type Read, string } from "../json/read.ts";

/** `{"String": ...}` or `{"Regex": ...}`; a bare string is literal, as in early files. */
export const patternFromJson: Read<PatternSpec> = (field: Field) => {
  if (typeof field.value === "string") return { text: field.value };
  if (has(field, "String")) return { text: string(member(field, "String")) };
  if (has(field, "Regex")) return { regex: string(member(field, "Regex")) };
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
