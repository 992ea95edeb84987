import type {
  PostProcessorSpec,
  TemplatePiece,
  TokenAndId,
} from "../../spec/post-processor-spec.ts";
import { child, type Field, wrong } from "../json/field.ts";
import type { Json } from "../json/json-text.ts";
import {
  boolean,
  count,
  entriesOf,
  has,
  itemsOf,
  member,
  oneOf,
  orElse,
  string,
} from "../json/read.ts";
import { type Variant, variantOf } from "../json/variants.ts";
import { byteLevelFromJson, byteLevelToJson } from "./byte-level-json.ts";

type SpecialTokens = ReadonlyMap<string, readonly TokenAndId[]>;

const tokenAndId = (field: Field): TokenAndId => {
  const [token, id, ...rest] = itemsOf(field);
  if (token === undefined || id === undefined || rest.length > 0)
    throw wrong(field, "must be [token, id]");
  return [string(token), count(id)];
};

const sequences: ReadonlyMap<string, "A" | "B"> = new Map([
  ["A", "A"],
  ["B", "B"],
]);

const piece = (field: Field): TemplatePiece => {
  const isToken = has(field, "SpecialToken");
  const body = member(field, isToken ? "SpecialToken" : "Sequence");
  const typeId = orElse(0, count)(member(body, "type_id"));
  return isToken
    ? { specialToken: string(member(body, "id")), typeId }
    : { sequence: oneOf(sequences)(member(body, "id")), typeId };
};

const specialToken = (field: Field): readonly TokenAndId[] => {
  const ids = itemsOf(member(field, "ids")).map(count);
  const tokens = itemsOf(member(field, "tokens")).map(string);
  if (ids.length !== tokens.length) throw wrong(field, "must have as many ids as tokens");
  return ids.map((id, i) => [tokens[i] ?? "", id] as const);
};

/** Every special token of the template must be told. */
const template = (field: Field, tokens: SpecialTokens): readonly TemplatePiece[] =>
  itemsOf(field).map((item) => {
    const read = piece(item);
    if ("specialToken" in read && !tokens.has(read.specialToken))
      throw wrong(item, "must name one of special_tokens", JSON.stringify(read.specialToken));
    return read;
  });

const templateProcessing = (field: Field): PostProcessorSpec => {
  const told = member(field, "special_tokens");
  const specialTokens = new Map(
    entriesOf(told).map(([name, value]) => [name, specialToken(child(told, name, value))]),
  );
  return {
    type: "TemplateProcessing",
    single: template(member(field, "single"), specialTokens),
    pair: template(member(field, "pair"), specialTokens),
    specialTokens,
  };
};

const around = (field: Field): { readonly sep: TokenAndId; readonly cls: TokenAndId } => ({
  sep: tokenAndId(member(field, "sep")),
  cls: tokenAndId(member(field, "cls")),
});

const variants: readonly Variant<PostProcessorSpec>[] = [
  {
    type: "RobertaProcessing",
    fields: ["sep", "cls", "trim_offsets", "add_prefix_space"],
    read: (field) => ({
      type: "RobertaProcessing",
      ...around(field),
      trimOffsets: orElse(true, boolean)(member(field, "trim_offsets")),
      addPrefixSpace: orElse(true, boolean)(member(field, "add_prefix_space")),
    }),
  },
  {
    type: "BertProcessing",
    fields: ["sep", "cls"],
    read: (field) => ({ type: "BertProcessing", ...around(field) }),
  },
  { type: "ByteLevel", fields: ["add_prefix_space", "trim_offsets"], read: byteLevelFromJson },
  {
    type: "TemplateProcessing",
    fields: ["single", "pair", "special_tokens"],
    read: templateProcessing,
  },
  {
    type: "Sequence",
    fields: ["processors"],
    read: (field) => ({
      type: "Sequence",
      processors: itemsOf(member(field, "processors")).map(postProcessorFromJson),
    }),
  },
];

/** A post-processor of a tokenizer.json. Throws TokenizerFormatError. */
export const postProcessorFromJson = (field: Field): PostProcessorSpec =>
  variantOf(variants)(field);

const pieceToJson = (piece: TemplatePiece): Json =>
  "sequence" in piece
    ? { Sequence: { id: piece.sequence, type_id: piece.typeId } }
    : { SpecialToken: { id: piece.specialToken, type_id: piece.typeId } };

const tokensToJson = (tokens: SpecialTokens): Json =>
  new Map(
    Array.from(tokens, ([name, entries]) => [
      name,
      { id: name, ids: entries.map(([, id]) => id), tokens: entries.map(([token]) => token) },
    ]),
  );

/** A post-processor as the format writes it. */
export const postProcessorToJson = (spec: PostProcessorSpec): Json => {
  switch (spec.type) {
    case "TemplateProcessing":
      return {
        type: "TemplateProcessing",
        single: spec.single.map(pieceToJson),
        pair: spec.pair.map(pieceToJson),
        special_tokens: tokensToJson(spec.specialTokens),
      };
    case "BertProcessing":
      return { type: "BertProcessing", sep: spec.sep, cls: spec.cls };
    case "RobertaProcessing":
      return {
        type: "RobertaProcessing",
        sep: spec.sep,
        cls: spec.cls,
        trim_offsets: spec.trimOffsets,
        add_prefix_space: spec.addPrefixSpace,
      };
    case "ByteLevel":
      return byteLevelToJson(spec);
    case "Sequence":
      return { type: "Sequence", processors: spec.processors.map(postProcessorToJson) };
  }
};
