import type { Field } from "../json/field.ts";
import type { Json } from "../json/json-text.ts";
import { boolean, member, orElse } from "../json/read.ts";

/** ByteLevel, which is a pre-tokenizer and a post-processor with the same fields. */
export type ByteLevelSpec = {
  readonly type: "ByteLevel";
  readonly addPrefixSpace: boolean;
  readonly trimOffsets: boolean;
  readonly useRegex: boolean;
};

/** ByteLevel; files from before `use_regex` use it. */
export const byteLevelFromJson = (field: Field): ByteLevelSpec => ({
  type: "ByteLevel",
  addPrefixSpace: orElse(true, boolean)(member(field, "add_prefix_space")),
  trimOffsets: orElse(true, boolean)(member(field, "trim_offsets")),
  useRegex: orElse(true, boolean)(member(field, "use_regex")),
});

/** ByteLevel as the format writes it. */
export const byteLevelToJson = (spec: ByteLevelSpec): Json => ({
  type: "ByteLevel",
  add_prefix_space: spec.addPrefixSpace,
  trim_offsets: spec.trimOffsets,
  use_regex: spec.useRegex,
});
