import type { PreTokenizerSpec } from "../../spec/pre-tokenizer-spec.ts";
import { type Field, wrong } from "../json/field.ts";
import type { Json } from "../json/json-text.ts";
import { boolean, character, count, itemsOf, member, orElse } from "../json/read.ts";
import { type Variant, variantOf } from "../json/variants.ts";
import { byteLevelFromJson, byteLevelToJson } from "./byte-level-json.ts";
import { metaspaceFromJson, metaspaceToJson } from "./metaspace-json.ts";
import {
  behaviorFromJson,
  behaviorToJson,
  patternFromJson,
  patternToJson,
} from "./pattern-json.ts";

type Simple = "BertPreTokenizer" | "Whitespace" | "WhitespaceSplit" | "UnicodeScripts";

const simple = (type: Simple): Variant<PreTokenizerSpec> => ({ type, read: () => ({ type }) });

const delimiter = (field: Field): PreTokenizerSpec => ({
  type: "CharDelimiterSplit",
  delimiter: character(member(field, "delimiter")),
});

const positive = (field: Field): number => {
  const length = count(field);
  if (length === 0) throw wrong(field, "must be at least 1");
  return length;
};

const variants: readonly Variant<PreTokenizerSpec>[] = [
  ...(["BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts"] as const).map(simple),
  { type: "ByteLevel", fields: ["add_prefix_space", "trim_offsets"], read: byteLevelFromJson },
  { type: "CharDelimiterSplit", fields: ["delimiter"], read: delimiter },
  { type: "Delimiter", read: delimiter },
  { type: "Metaspace", fields: ["replacement"], read: metaspaceFromJson },
  {
    type: "Split",
    fields: ["pattern", "behavior", "invert"],
    read: (field) => ({
      type: "Split",
      pattern: patternFromJson(member(field, "pattern")),
      behavior: behaviorFromJson(member(field, "behavior")),
      invert: orElse(false, boolean)(member(field, "invert")),
    }),
  },
  {
    type: "Digits",
    fields: ["individual_digits"],
    read: (field) => ({
      type: "Digits",
      individualDigits: orElse(false, boolean)(member(field, "individual_digits")),
    }),
  },
  {
    type: "Punctuation",
    read: (field) => ({
      type: "Punctuation",
      behavior: orElse("isolated", behaviorFromJson)(member(field, "behavior")),
    }),
  },
  {
    type: "FixedLength",
    fields: ["length"],
    read: (field) => ({
      type: "FixedLength",
      length: orElse(5, positive)(member(field, "length")),
    }),
  },
  {
    type: "Sequence",
    fields: ["pretokenizers"],
    read: (field) => ({
      type: "Sequence",
      preTokenizers: itemsOf(member(field, "pretokenizers")).map(preTokenizerFromJson),
    }),
  },
];

/** A pre-tokenizer of a tokenizer.json. Throws TokenizerFormatError. */
export const preTokenizerFromJson = (field: Field): PreTokenizerSpec => variantOf(variants)(field);

/** A pre-tokenizer as the format writes it. */
export const preTokenizerToJson = (spec: PreTokenizerSpec): Json => {
  switch (spec.type) {
    case "ByteLevel":
      return byteLevelToJson(spec);
    case "Metaspace":
      return metaspaceToJson(spec);
    case "Split":
      return {
        type: "Split",
        pattern: patternToJson(spec.pattern),
        behavior: behaviorToJson(spec.behavior),
        invert: spec.invert,
      };
    case "Digits":
      return { type: "Digits", individual_digits: spec.individualDigits };
    case "Punctuation":
      return { type: "Punctuation", behavior: behaviorToJson(spec.behavior) };
    case "CharDelimiterSplit":
      return { type: "CharDelimiterSplit", delimiter: spec.delimiter };
    case "FixedLength":
      return { type: "FixedLength", length: spec.length };
    case "Sequence":
      return { type: "Sequence", pretokenizers: spec.preTokenizers.map(preTokenizerToJson) };
    default:
      return { type: spec.type };
  }
};
