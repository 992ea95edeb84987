import type { PaddingSpec, TruncationSpec } from "../../spec/tokenizer-spec.ts";
import type { Field } from "../json/field.ts";
import { type Json, orNull } from "../json/json-text.ts";
import { count, has, member, oneOf, optional, orElse, string } from "../json/read.ts";

const directions: ReadonlyMap<string, "left" | "right"> = new Map([
  ["Left", "left"],
  ["Right", "right"],
]);

const strategies: readonly (readonly [string, TruncationSpec["strategy"]])[] = [
  ["LongestFirst", "longestFirst"],
  ["OnlyFirst", "onlyFirst"],
  ["OnlySecond", "onlySecond"],
];

const directionName = (direction: "left" | "right"): string =>
  direction === "left" ? "Left" : "Right";

/** `truncation` of a tokenizer.json. Throws TokenizerFormatError. */
export const truncationFromJson = (field: Field): TruncationSpec => ({
  maxLength: count(member(field, "max_length")),
  strategy: orElse("longestFirst", oneOf(new Map(strategies)))(member(field, "strategy")),
  stride: orElse(0, count)(member(field, "stride")),
  direction: orElse("right", oneOf(directions))(member(field, "direction")),
});

/** `truncation` as the format writes it. */
export const truncationToJson = (spec: TruncationSpec): Json => ({
  direction: directionName(spec.direction),
  max_length: spec.maxLength,
  strategy: strategies.find(([, name]) => name === spec.strategy)?.[0] ?? "LongestFirst",
  stride: spec.stride,
});

const longest: ReadonlyMap<string, "longest"> = new Map([["BatchLongest", "longest"]]);

const lengthOf = (field: Field): PaddingSpec["length"] =>
  has(field, "Fixed") ? count(member(field, "Fixed")) : oneOf(longest)(field);

/** `padding` of a tokenizer.json. Throws TokenizerFormatError. */
export const paddingFromJson = (field: Field): PaddingSpec => ({
  length: lengthOf(member(field, "strategy")),
  direction: orElse("right", oneOf(directions))(member(field, "direction")),
  padToMultipleOf: optional(count)(member(field, "pad_to_multiple_of")),
  padId: orElse(0, count)(member(field, "pad_id")),
  padTypeId: orElse(0, count)(member(field, "pad_type_id")),
  padToken: orElse("[PAD]", string)(member(field, "pad_token")),
});

/** `padding` as the format writes it. */
export const paddingToJson = (spec: PaddingSpec): Json => ({
  strategy: spec.length === "longest" ? "BatchLongest" : { Fixed: spec.length },
  direction: directionName(spec.direction),
  pad_to_multiple_of: orNull(spec.padToMultipleOf),
  pad_id: spec.padId,
  pad_type_id: spec.padTypeId,
  pad_token: spec.padToken,
});
