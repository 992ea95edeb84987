import type { PrependScheme } from "../../spec/pre-tokenizer-spec.ts";
import { type Field, wrong } from "../json/field.ts";
import type { Json } from "../json/json-text.ts";
import { boolean, character, isAbsent, member, oneOf, orElse } from "../json/read.ts";

/** Metaspace, which is a pre-tokenizer and a decoder. */
export type MetaspaceSpec = {
  readonly type: "Metaspace";
  readonly replacement: string;
  readonly prependScheme: PrependScheme;
  readonly split: boolean;
};

const schemes: ReadonlyMap<string, PrependScheme> = new Map([
  ["always", "always"],
  ["first", "first"],
  ["never", "never"],
]);

/** Files from before `prepend_scheme` say `add_prefix_space`; they must not contradict one another. */
const schemeOf = (field: Field): PrependScheme => {
  const scheme = member(field, "prepend_scheme");
  const old = member(field, "add_prefix_space");
  if (isAbsent(old) || boolean(old)) return orElse("always", oneOf(schemes))(scheme);
  if (!isAbsent(scheme) && oneOf(schemes)(scheme) !== "never")
    throw wrong(scheme, `must be "never" where add_prefix_space is false`);
  return "never";
};

/** Metaspace with the fields of new and of old files. */
export const metaspaceFromJson = (field: Field): MetaspaceSpec => ({
  type: "Metaspace",
  replacement: orElse("▁", character)(member(field, "replacement")),
  prependScheme: schemeOf(field),
  split: orElse(true, boolean)(member(field, "split")),
});

/** Metaspace as new files say it. */
export const metaspaceToJson = (spec: MetaspaceSpec): Json => ({
  type: "Metaspace",
  replacement: spec.replacement,
  prepend_scheme: spec.prependScheme,
  split: spec.split,
});
