import type { NormalizerSpec } from "../../spec/normalizer-spec.ts";
import { fromBase64, toBase64 } from "../json/base64.ts";
import { type Field, wrong } from "../json/field.ts";
import type { Json } from "../json/json-text.ts";
import { orNull } from "../json/json-text.ts";
import { boolean, itemsOf, member, optional, orElse, string } from "../json/read.ts";
import { type Variant, variantOf } from "../json/variants.ts";
import { patternFromJson, patternToJson } from "./pattern-json.ts";

type Plain = Extract<NormalizerSpec, { readonly type: "NFC" | "NFD" | "NFKC" | "NFKD" }>["type"];
type Simple = "Lowercase" | "StripAccents" | "Nmt" | "ByteLevel";

const bert = (field: Field): NormalizerSpec => ({
  type: "Bert",
  cleanText: orElse(true, boolean)(member(field, "clean_text")),
  handleChineseChars: orElse(true, boolean)(member(field, "handle_chinese_chars")),
  stripAccents: optional(boolean)(member(field, "strip_accents")),
  lowercase: orElse(true, boolean)(member(field, "lowercase")),
});

const charsmap = (field: Field): Uint8Array => {
  const bytes = fromBase64(string(field));
  if (bytes === undefined) throw wrong(field, "must be base64");
  return bytes;
};

const plain = (type: Plain): Variant<NormalizerSpec> => ({ type, read: () => ({ type }) });

const simple = (type: Simple): Variant<NormalizerSpec> => ({ type, read: () => ({ type }) });

const variants: readonly Variant<NormalizerSpec>[] = [
  {
    type: "BertNormalizer",
    fields: ["clean_text", "handle_chinese_chars", "lowercase"],
    read: bert,
  },
  { type: "Bert", read: bert },
  {
    type: "Strip",
    fields: ["strip_left", "strip_right"],
    read: (field) => ({
      type: "Strip",
      left: boolean(member(field, "strip_left")),
      right: boolean(member(field, "strip_right")),
    }),
  },
  ...(["NFC", "NFD", "NFKC", "NFKD"] as const).map(plain),
  ...(["StripAccents", "Lowercase", "Nmt", "ByteLevel"] as const).map(simple),
  {
    type: "Sequence",
    fields: ["normalizers"],
    read: (field) => ({
      type: "Sequence",
      normalizers: itemsOf(member(field, "normalizers")).map(normalizerFromJson),
    }),
  },
  {
    type: "Precompiled",
    fields: ["precompiled_charsmap"],
    read: (field) => ({
      type: "Precompiled",
      charsmap: charsmap(member(field, "precompiled_charsmap")),
    }),
  },
  {
    type: "Replace",
    fields: ["pattern", "content"],
    read: (field) => ({
      type: "Replace",
      pattern: patternFromJson(member(field, "pattern")),
      content: string(member(field, "content")),
    }),
  },
  {
    type: "Prepend",
    fields: ["prepend"],
    read: (field) => ({ type: "Prepend", prepend: string(member(field, "prepend")) }),
  },
];

/** A normalizer of a tokenizer.json. Throws TokenizerFormatError. */
export const normalizerFromJson = (field: Field): NormalizerSpec => variantOf(variants)(field);

/** A normalizer as the format writes it. */
export const normalizerToJson = (spec: NormalizerSpec): Json => {
  switch (spec.type) {
    case "Bert":
      return {
        type: "BertNormalizer",
        clean_text: spec.cleanText,
        handle_chinese_chars: spec.handleChineseChars,
        strip_accents: orNull(spec.stripAccents),
        lowercase: spec.lowercase,
      };
    case "Replace":
      return { type: "Replace", pattern: patternToJson(spec.pattern), content: spec.content };
    case "Prepend":
      return { type: "Prepend", prepend: spec.prepend };
    case "Strip":
      return { type: "Strip", strip_left: spec.left, strip_right: spec.right };
    case "Precompiled":
      return { type: "Precompiled", precompiled_charsmap: toBase64(spec.charsmap) };
    case "Sequence":
      return { type: "Sequence", normalizers: spec.normalizers.map(normalizerToJson) };
    default:
      return { type: spec.type };
  }
};
