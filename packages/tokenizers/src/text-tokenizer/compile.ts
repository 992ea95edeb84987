import { addedVocabulary } from "../added-tokens/added-vocabulary.ts";
import { decoderOf } from "../decoders/decoder.ts";
import { encodeSectionOf } from "../encode/encode-section.ts";
import type { NameToken } from "../encode/encode-text.ts";
import { sectionsOf } from "../encode/sections.ts";
import { compileModel, type Model } from "../models/model.ts";
import { normalizerOf } from "../normalizers/normalizer.ts";
import { postProcessorOf } from "../post-processors/post-processor.ts";
import { byteLevelSteps, preTokenizerSteps } from "../pre-tokenizers/pre-tokenizer.ts";
import type { PreTokenizerSpec } from "../spec/pre-tokenizer-spec.ts";
import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import type { TextTokenizer } from "../text-tokenizer.ts";
import { alignedText } from "../text/aligned-text.ts";
import { decodeIds, type DecodingParts } from "./decode.ts";
import { byteLevelDecoding } from "./decode-bytes.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeAll, type EncodingMachine, encodeOne, encodeToIds } from "./encode-inputs.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** Unigram names an unknown piece by its text, the other models by their unknown token. */
const namerOf = (spec: TokenizerSpec, model: Model): NameToken => {
  const unknown = spec.model.type === "Unigram" ? spec.model.unkId : undefined;
  return (id, text) => (id === unknown ? text : (model.idToToken(id) ?? ""));
};

/** Whether a mark is put in front of what begins the original, and only there. */
const looksAtOrigin = (spec: PreTokenizerSpec | undefined): boolean =>
  spec !== undefined &&
  (spec.type === "Sequence"
    ? spec.preTokenizers.some(looksAtOrigin)
    : spec.type === "Metaspace" && spec.prependScheme === "first");

/** The ids of special tokens. */
export const specialIdsOf = ({ addedTokens }: TokenizerSpec): ReadonlySet<number> =>
  new Set(addedTokens.flatMap(({ id, special }) => (special ? [id] : [])));

const decodingOf = (parts: DecodingParts, spec: TokenizerSpec): TextTokenizer["decode"] => {
  if (spec.decoder?.type !== "ByteLevel")
    return (ids, options = {}) => decodeIds(parts, ids, options);
  const decodeBytes = byteLevelDecoding(parts);
  return (ids, { skipSpecialTokens = false } = {}) => decodeBytes(ids, skipSpecialTokens);
};

/**
 * A tokenizer of its data: everything is prepared once, and the value is never changed. Throws TokenizerFormatError for a
 * model or character map that is damaged, RegexError for a pattern that cannot be run, and ArgumentError for templates
 * that name what is not there. The order and the meaning of each step are those of Hugging Face's tokenizers; texts that
 * truncation cuts overflow whole, whatever their length.
 * Source: https://github.com/huggingface/tokenizers
 *
 * ```ts doctest
 * import { textTokenizer, tokenizerFromJson } from "@adjoint/tokenizers";
 * const loaded = tokenizerFromJson({
 *   pre_tokenizer: { type: "Whitespace" },
 *   model: { type: "WordLevel", vocab: { "?": 0, to: 1, be: 2, or: 3 }, unk_token: "?" },
 * });
 * if (loaded._tag === "Left") throw loaded.left;
 * const tokenizer = textTokenizer(loaded.right);
 * Array.from(tokenizer.encode("to be or not to be")); // => [1, 2, 3, 0, 1, 2]
 * Array.from(tokenizer.encoding("to be").offsets); // => [0, 2, 3, 5]
 * tokenizer.decode([1, 2]); // => "to be"
 * ```
 */
export const textTokenizer = (spec: TokenizerSpec): TextTokenizer =>
  tokenizerWith(spec, compileModel(spec.model, specialIdsOf(spec)));

/** The tokenizer of a spec whose model is prepared already. */
export const tokenizerWith = (spec: TokenizerSpec, model: Model): TextTokenizer => {
  const normalize = normalizerOf(spec.normalizer);
  const added = addedVocabulary(
    spec.addedTokens,
    (text) => normalize(alignedText(text, false)).text,
  );
  const vocabulary = vocabularyOf(added, model);
  const rawSteps = byteLevelSteps(spec.preTokenizer);
  const machine: EncodingMachine = {
    spec,
    model,
    name: namerOf(spec, model),
    sections: sectionsOf(added, normalize),
    steps: rawSteps ?? preTokenizerSteps(spec.preTokenizer),
    takesBytes: rawSteps !== undefined,
    encodeSection: encodeSectionOf(spec.preTokenizer, model),
    needsTracking: spec.normalizer !== undefined && looksAtOrigin(spec.preTokenizer),
    postProcessor: postProcessorOf(spec.postProcessor),
  };
  const decoding: DecodingParts = {
    vocabulary,
    special: added.special,
    decoder: spec.decoder === undefined ? undefined : decoderOf(spec.decoder),
  };
  const decode = decodingOf(decoding, spec);
  return {
    spec,
    vocabSize: vocabulary.size,
    encode: (text, options = {}) => encodeToIds(machine, text, options),
    encoding: (text, options = {}) => encodeOne(machine, text, options),
    encodeBatch: (texts, options = {}) => encodeAll(machine, texts, options),
    decode,
    decodeBatch: (batch, options = {}) => batch.map((ids) => decode(ids, options)),
    decodeStream: (options = {}) => decodeStream(decoding, spec.decoder, options),
    tokenToId: vocabulary.tokenToId,
    idToToken: vocabulary.idToToken,
  };
};
