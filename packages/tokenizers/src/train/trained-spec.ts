import { specialToken } from "../spec/special-token.ts";
import type { DecoderSpec } from "../spec/decoder-spec.ts";
import type { ModelSpec } from "../spec/model-spec.ts";
import type { PreTokenizerSpec } from "../spec/pre-tokenizer-spec.ts";
import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import type { TrainingOptions } from "./training-options.ts";

const stepsOf = (spec: PreTokenizerSpec | undefined): readonly PreTokenizerSpec[] => {
  if (spec === undefined) return [];
  return spec.type === "Sequence" ? spec.preTokenizers.flatMap(stepsOf) : [spec];
};

/** Whether pieces come in the byte-level alphabet. */
export const isByteLevel = ({ normalizer, preTokenizer }: TrainingOptions): boolean =>
  normalizer?.type === "ByteLevel" ||
  stepsOf(preTokenizer).some(({ type }) => type === "ByteLevel");

const plainDecoderOf = (model: ModelSpec, options: TrainingOptions): DecoderSpec | undefined => {
  if (isByteLevel(options)) return { type: "ByteLevel" };
  const metaspace = stepsOf(options.preTokenizer).find((step) => step.type === "Metaspace");
  if (metaspace !== undefined) return metaspace;
  if (model.type === "WordPiece")
    return { type: "WordPiece", prefix: model.continuingSubwordPrefix, cleanup: true };
  if (model.type === "BPE" && model.endOfWordSuffix !== undefined)
    return { type: "BPEDecoder", suffix: model.endOfWordSuffix };
  return undefined;
};

const decoderOf = (model: ModelSpec, options: TrainingOptions): DecoderSpec | undefined => {
  if (options.decoder !== undefined) return options.decoder;
  const plain = plainDecoderOf(model, options);
  if (!("byteFallback" in model) || !model.byteFallback) return plain;
  return { type: "Sequence", decoders: [{ type: "ByteFallback" }, plain ?? { type: "Fuse" }] };
};

/** The whole tokenizer around a trained model; `specialTokens` are those in its vocabulary. */
export const trainedSpec = (
  model: ModelSpec,
  vocab: ReadonlyMap<string, number>,
  specialTokens: readonly string[],
  options: TrainingOptions,
): TokenizerSpec => ({
  addedTokens: specialTokens.flatMap((token) => {
    const id = vocab.get(token);
    return id === undefined ? [] : [specialToken(token, id)];
  }),
  normalizer: options.normalizer,
  preTokenizer: options.preTokenizer,
  model,
  postProcessor: options.postProcessor,
  decoder: decoderOf(model, options),
  truncation: undefined,
  padding: undefined,
});
