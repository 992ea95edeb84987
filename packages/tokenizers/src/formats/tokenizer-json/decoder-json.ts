import type { DecoderSpec } from "../../spec/decoder-spec.ts";
import type { Field } from "../json/field.ts";
import type { Json } from "../json/json-text.ts";
import { boolean, character, count, itemsOf, member, orElse, string } from "../json/read.ts";
import { type Variant, variantOf } from "../json/variants.ts";
import { metaspaceFromJson, metaspaceToJson } from "./metaspace-json.ts";
import { patternFromJson, patternToJson } from "./pattern-json.ts";

type Simple = "ByteLevel" | "ByteFallback" | "Fuse";

const simple = (type: Simple): Variant<DecoderSpec> => ({ type, read: () => ({ type }) });

const variants: readonly Variant<DecoderSpec>[] = [
  ...(["ByteFallback", "Fuse"] as const).map(simple),
  {
    type: "ByteLevel",
    fields: ["add_prefix_space", "trim_offsets"],
    read: () => ({ type: "ByteLevel" }),
  },
  {
    type: "BPEDecoder",
    fields: ["suffix"],
    read: (field) => ({
      type: "BPEDecoder",
      suffix: orElse("</w>", string)(member(field, "suffix")),
    }),
  },
  {
    type: "WordPiece",
    fields: ["prefix", "cleanup"],
    read: (field) => ({
      type: "WordPiece",
      prefix: orElse("##", string)(member(field, "prefix")),
      cleanup: orElse(true, boolean)(member(field, "cleanup")),
    }),
  },
  { type: "Metaspace", fields: ["replacement"], read: metaspaceFromJson },
  {
    type: "CTC",
    fields: ["pad_token", "word_delimiter_token", "cleanup"],
    read: (field) => ({
      type: "CTC",
      padToken: string(member(field, "pad_token")),
      wordDelimiterToken: string(member(field, "word_delimiter_token")),
      cleanup: orElse(true, boolean)(member(field, "cleanup")),
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
    type: "Strip",
    fields: ["content", "start", "stop"],
    read: (field) => ({
      type: "Strip",
      content: character(member(field, "content")),
      start: count(member(field, "start")),
      stop: count(member(field, "stop")),
    }),
  },
  {
    type: "Sequence",
    fields: ["decoders"],
    read: (field) => ({
      type: "Sequence",
      decoders: itemsOf(member(field, "decoders")).map(decoderFromJson),
    }),
  },
];

/** A decoder of a tokenizer.json. Throws TokenizerFormatError. */
export const decoderFromJson = (field: Field): DecoderSpec => variantOf(variants)(field);

/** A decoder as the format writes it. */
export const decoderToJson = (spec: DecoderSpec): Json => {
  switch (spec.type) {
    case "ByteLevel": // it shares its fields with the pre-tokenizer; decoding uses none of them
      return { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true };
    case "WordPiece":
      return { type: "WordPiece", prefix: spec.prefix, cleanup: spec.cleanup };
    case "Metaspace":
      return metaspaceToJson(spec);
    case "BPEDecoder":
      return { type: "BPEDecoder", suffix: spec.suffix };
    case "CTC":
      return {
        type: "CTC",
        pad_token: spec.padToken,
        word_delimiter_token: spec.wordDelimiterToken,
        cleanup: spec.cleanup,
      };
    case "Replace":
      return { type: "Replace", pattern: patternToJson(spec.pattern), content: spec.content };
    case "Strip":
      return { type: "Strip", content: spec.content, start: spec.start, stop: spec.stop };
    case "Sequence":
      return { type: "Sequence", decoders: spec.decoders.map(decoderToJson) };
    default:
      return { type: spec.type };
  }
};
