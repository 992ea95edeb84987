import type { Either } from "@adjoint/core/either";
import type { TokenizerFormatError } from "../../errors.ts";
import type { TokenizerSpec } from "../../spec/tokenizer-spec.ts";
import { type Field, rootField, wrong } from "../json/field.ts";
import { type Json, jsonText } from "../json/json-text.ts";
import { parseJson } from "../json/parse-json.ts";
import { isAbsent, member, optional, orElse } from "../json/read.ts";
import { reading } from "../reading.ts";
import { addedTokensFromJson, addedTokenToJson } from "./added-tokens-json.ts";
import { decoderFromJson, decoderToJson } from "./decoder-json.ts";
import {
  paddingFromJson,
  paddingToJson,
  truncationFromJson,
  truncationToJson,
} from "./limits-json.ts";
import { modelFromJson, modelToJson } from "./model-json.ts";
import { normalizerFromJson, normalizerToJson } from "./normalizer-json.ts";
import { postProcessorFromJson, postProcessorToJson } from "./post-processor-json.ts";
import { preTokenizerFromJson, preTokenizerToJson } from "./pre-tokenizer-json.ts";

const operation = "tokenizerFromJson";

const specOf = (document: Field): TokenizerSpec => {
  const version = member(document, "version");
  if (!isAbsent(version) && version.value !== "1.0") throw wrong(version, `must be "1.0"`);
  const model = modelFromJson(member(document, "model"));
  return {
    addedTokens: orElse([], (field) => addedTokensFromJson(field, model))(
      member(document, "added_tokens"),
    ),
    normalizer: optional(normalizerFromJson)(member(document, "normalizer")),
    preTokenizer: optional(preTokenizerFromJson)(member(document, "pre_tokenizer")),
    model,
    postProcessor: optional(postProcessorFromJson)(member(document, "post_processor")),
    decoder: optional(decoderFromJson)(member(document, "decoder")),
    truncation: optional(truncationFromJson)(member(document, "truncation")),
    padding: optional(paddingFromJson)(member(document, "padding")),
  };
};

/**
 * The tokenizer that a `tokenizer.json` of Hugging Face describes, from its text or from the parsed value; or what is
 * wrong with it and where: files may be damaged, so this is a value and not a thrown error. Older files load too: merges
 * as strings, Metaspace with `add_prefix_space`, records without `type`. Ids are those of the file.
 * Source: https://github.com/huggingface/tokenizers, the serialization of each part.
 *
 * ```ts doctest
 * import { textTokenizer, tokenizerFromJson } from "@adjoint/tokenizers";
 * const json = `{"model": {"type": "BPE", "vocab": {"h": 0, "i": 1, "hi": 2}, "merges": ["h i"]}}`;
 * const loaded = tokenizerFromJson(json);
 * if (loaded._tag === "Left") throw loaded.left;
 * Array.from(textTokenizer(loaded.right).encode("hihi")); // => [2, 2]
 * tokenizerFromJson(`{"model": {"type": "BPE"}}`)._tag; // => "Left"
 * ```
 */
export const tokenizerFromJson = (json: unknown): Either<TokenizerFormatError, TokenizerSpec> =>
  reading(() =>
    specOf(rootField(operation, typeof json === "string" ? parseJson(operation, json) : json)),
  );

const toJson = <A>(spec: A | undefined, write: (spec: A) => Json): Json =>
  spec === undefined ? null : write(spec);

/**
 * The tokenizer as the text of a `tokenizer.json`, which Hugging Face's libraries load too. Loading it gives the same
 * tokenizer again, except that merges by rank are then told as pairs.
 */
export const tokenizerToJson = (spec: TokenizerSpec): string =>
  jsonText({
    version: "1.0",
    truncation: toJson(spec.truncation, truncationToJson),
    padding: toJson(spec.padding, paddingToJson),
    added_tokens: spec.addedTokens.map(addedTokenToJson),
    normalizer: toJson(spec.normalizer, normalizerToJson),
    pre_tokenizer: toJson(spec.preTokenizer, preTokenizerToJson),
    post_processor: toJson(spec.postProcessor, postProcessorToJson),
    decoder: toJson(spec.decoder, decoderToJson),
    model: modelToJson(spec.model),
  });
