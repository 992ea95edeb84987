export type { Tokenizer } from "./tokenizer.ts";
export { charTokenizer, type CharTokenizer, trainCharTokenizer } from "./char/char-tokenizer.ts";
export { charTokenizerFromJson, charTokenizerToJson } from "./char/char-tokenizer-json.ts";
export { byteCharacters } from "./text/byte-alphabet.ts";
export { byteTokenizer } from "./byte/byte-tokenizer.ts";
export type { Either } from "@adjoint/core/either";
export { TokenizerFormatError, UnknownCharacterError, UnknownTokenError } from "./errors.ts";
export { tokenizerFromJson, tokenizerToJson } from "./formats/tokenizer-json/tokenizer-json.ts";
export {
  tokenizerFromVocabMerges,
  tokenizerToVocabMerges,
  type VocabMergesFiles,
  type VocabMergesOptions,
} from "./formats/vocab-merges.ts";
export {
  tiktokenEncodings,
  type TiktokenEncoding,
  type TiktokenName,
} from "./formats/tiktoken-encodings.ts";
export { tokenizerFromTiktoken, tokenizerToTiktoken } from "./formats/tiktoken.ts";
export {
  tokenizerFromVocabTxt,
  tokenizerToVocabTxt,
  type VocabTxtOptions,
} from "./formats/vocab-txt.ts";
export type {
  SentencePiece,
  SentencePieceModel,
  SentencePieceNormalizer,
  SentencePieceType,
} from "./formats/sentencepiece/model.ts";
export { sentencePieceFromBytes } from "./formats/sentencepiece/read-model.ts";
export { sentencePieceToBytes } from "./formats/sentencepiece/write-model.ts";
export {
  tokenizerFromSentencePiece,
  tokenizerOfSentencePiece,
} from "./formats/sentencepiece/from-sentencepiece.ts";
export { sentencePieceOfTokenizer } from "./formats/sentencepiece/to-sentencepiece.ts";
export type { Encoding } from "./encoding.ts";
export type {
  DecodeOptions,
  DecodeStream,
  EncodeInput,
  EncodeOptions,
  TextTokenizer,
} from "./text-tokenizer.ts";
export { textTokenizer } from "./text-tokenizer/compile.ts";
export {
  samplingEncoder,
  type SamplingEncoder,
  type SamplingOptions,
} from "./text-tokenizer/sampling-encoder.ts";
export { MatchError } from "./regex/match-error.ts";
export { RegexError } from "./regex/regex-error.ts";
export { TruncationError } from "./encode/truncation-error.ts";
export type { AddedToken } from "./spec/added-token.ts";
export { specialToken } from "./spec/special-token.ts";
export type { DecoderSpec } from "./spec/decoder-spec.ts";
export type {
  BpeSpec,
  ModelSpec,
  UnigramSpec,
  Vocab,
  WordLevelSpec,
  WordPieceSpec,
} from "./spec/model-spec.ts";
export type { NormalizerSpec } from "./spec/normalizer-spec.ts";
export type { PatternSpec, SplitBehavior } from "./spec/pattern.ts";
export type { PostProcessorSpec, TemplatePiece, TokenAndId } from "./spec/post-processor-spec.ts";
export type { PrependScheme, PreTokenizerSpec } from "./spec/pre-tokenizer-spec.ts";
export type { PaddingSpec, TokenizerSpec, TruncationSpec } from "./spec/tokenizer-spec.ts";
export { applyChatTemplate } from "./chat/apply-chat-template.ts";
export type { ChatContentPart, ChatMessage } from "./chat/chat-message.ts";
export { ChatTemplateError } from "./chat/chat-template-error.ts";
export {
  type ChatOptions,
  type ChatTemplate,
  chatTemplate,
  type ChatTemplateLimits,
} from "./chat/chat-template.ts";
export { type ChatEncoding, encodeChat } from "./chat/encode-chat.ts";
export type { TextSpan } from "./chat/generation-tags.ts";
export { sentencePieceSpaces } from "./train/sentencepiece-spaces.ts";
export { trainBpe, type TrainBpeOptions } from "./train/train-bpe.ts";
export { trainUnigram, type TrainUnigramOptions } from "./train/train-unigram.ts";
export { trainWordLevel, type TrainWordLevelOptions } from "./train/train-word-level.ts";
export { trainWordPiece, type TrainWordPieceOptions } from "./train/train-word-piece.ts";
export type { TrainingOptions, TrainingProgress, TrainingTexts } from "./train/training-options.ts";
export { TrainingStoppedError } from "./train/training-stopped-error.ts";
export { tokenizerConfigFromJson } from "./formats/config/config-from-json.ts";
export { tokenizerConfigToJson } from "./formats/config/config-to-json.ts";
export type { TokenizerConfig, TokenizerConfigFiles } from "./formats/config/tokenizer-config.ts";
export { withTokenizerConfig } from "./formats/config/with-config.ts";
