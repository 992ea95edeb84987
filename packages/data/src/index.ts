export type { Dataset, DatasetIterator, DatasetState } from "./dataset/dataset.ts";
export { createDataset, type Step } from "./dataset/create-dataset.ts";
export {
  DataError,
  type DataPosition,
  DatasetStateError,
  LockedError,
  type LockHolder,
  SourceError,
  WorkerError,
} from "./errors.ts";

// datasets
export { fromArray, fromIndexed, type OrderOptions } from "./dataset/from-indexed.ts";
export { type AnyIterable, fromIterable } from "./dataset/from-iterable.ts";
export { pipe } from "./dataset/pipe.ts";
export { map, type MapOptions } from "./dataset/map.ts";
export { filter } from "./dataset/filter.ts";
export { flatMap, type Parts } from "./dataset/flat-map.ts";
export { batch, type BatchOptions } from "./dataset/batch.ts";
export { take } from "./dataset/take.ts";
export { skip } from "./dataset/skip.ts";
export { split, type SplitOptions } from "./dataset/split.ts";
export { shuffle, type ShuffleOptions } from "./dataset/shuffle.ts";
export { mix, type MixOptions, type MixStop, type Weighted } from "./dataset/mix.ts";
export { concat } from "./dataset/concat.ts";
export { zip } from "./dataset/zip.ts";
export { epochs, repeat } from "./dataset/epochs.ts";
export { cache } from "./dataset/cache.ts";
export { prefetch } from "./dataset/prefetch.ts";
export { type AnyWorker, fromWorker, type FromWorkerOptions } from "./worker/from-worker.ts";
export { serveDataset } from "./worker/serve-dataset.ts";
export type { WorkerAnswer, WorkerRequest } from "./worker/messages.ts";
export { progress, type ProgressOptions, tap } from "./dataset/tap.ts";
export { collect } from "./dataset/collect.ts";
export type { KeyLike } from "./dataset/internal/random.ts";

// sources and formats
export type { ByteSource } from "./sources/byte-source.ts";
export { bytesSource } from "./sources/bytes-source.ts";
export { blobSource } from "./sources/blob-source.ts";
export { urlSource, type UrlOptions } from "./sources/url-source.ts";
export { gunzip } from "./compression/gunzip.ts";
export { unzstd } from "./compression/unzstd.ts";
export { decompress } from "./compression/decompress.ts";
export { errorTally, type ErrorTally, type OnError } from "./formats/on-error.ts";
export type { TextOptions } from "./formats/text-options.ts";
export { textLines, textParagraphs, wholeText } from "./formats/text.ts";
export { type CsvOptions, type CsvRow, csvRows, tsvRows } from "./formats/csv.ts";
export { jsonLines, type JsonLinesOptions } from "./formats/json-lines.ts";
export { type ParquetOptions, type ParquetRow, parquetRows } from "./formats/parquet.ts";
export { decodeIdx, type IdxArray, parseIdx } from "./formats/idx.ts";
export type { Json, JsonObject } from "./formats/internal/parse-json.ts";

// images
export type { Either } from "@adjoint/core/either";
export type { Image } from "./images/image.ts";
export { decodeImage, type DecodeImageOptions, parseImage } from "./images/decode-image.ts";
export { resizeImage, type ResizeOptions } from "./images/resize-image.ts";
export { cropImage, type CropOptions } from "./images/crop-image.ts";
export {
  type ImageFloats,
  type ImageFloatsOptions,
  imageToFloats,
} from "./images/image-to-floats.ts";

// de-duplication
export { contentHash, hash32, hash64, type Hash64 } from "./hash/hash-text.ts";
export type { DuplicateFilter, OpenDuplicateFilter } from "./dedup/duplicate-filter.ts";
export type { BloomOptions, KeyMemory } from "./dedup/key-set.ts";
export { comparableText } from "./dedup/comparable-text.ts";
export { exactDuplicates, type ExactDuplicateOptions } from "./dedup/exact-duplicates.ts";
export { jaccard, type ShingleOptions, shingles } from "./dedup/shingles.ts";
export { estimateJaccard, minHash, type MinHashOptions, type Signature } from "./dedup/min-hash.ts";
export { type BandOptions, type Bands, optimalBands } from "./dedup/optimal-bands.ts";
export { nearDuplicates } from "./dedup/near-duplicates.ts";
export { nearDuplicateGroups } from "./dedup/near-duplicate-groups.ts";
export type { NearDuplicateOptions } from "./dedup/near-options.ts";
export { hammingDistance, simHash } from "./dedup/sim-hash.ts";
export { type SimilarHashOptions, similarHashes } from "./dedup/similar-hashes.ts";
export {
  duplicatePassages,
  type PassageFilter,
  type PassageOptions,
} from "./dedup/duplicate-passages.ts";

// packing
export type { Example } from "./pack/example.ts";
export { pack, type PackOptions } from "./pack/pack.ts";
export { type AlignedOptions, type DocumentSource, packAligned } from "./pack/pack-aligned.ts";
export { packDocuments } from "./pack/pack-documents.ts";
export { type PackedRow, packRow } from "./pack/packed-row.ts";
export type { Piece } from "./pack/piece.ts";
export { type PackingOptions, type PackingStrategy, planPacking } from "./pack/plan-packing.ts";

// batches
export { batchByLength, type BatchByLengthOptions } from "./batch/batch-by-length.ts";
export {
  causalWindows,
  type CausalWindowOptions,
  type TokenLine,
  tokensOf,
  type WindowBatch,
} from "./batch/causal-windows.ts";
export {
  conversationExample,
  type ConversationOptions,
  type ConversationPart,
  type SpanOptions,
  spansExample,
  type TokensWithOffsets,
} from "./batch/conversation-example.ts";
export { ignoreIndex } from "./batch/ignore-index.ts";
export {
  type MaskableBatch,
  type MaskedBatch,
  type MaskOptions,
  maskTokens,
} from "./batch/mask-tokens.ts";
export { NoTrainedTokensError } from "./batch/no-trained-tokens-error.ts";
export { type PackedBatch, packedBatch, type PackedBatchOptions } from "./batch/packed-batch.ts";
export { type PaddedBatch, padExamples, type PadOptions } from "./batch/pad-examples.ts";
export {
  type PreferenceBatch,
  preferenceBatch,
  type PreferenceOptions,
  type PreferencePair,
  preferencePair,
} from "./batch/preference-batch.ts";
export {
  cumulativeLengths,
  denseSegmentMask,
  segmentMask,
  type Segments,
} from "./batch/segment-mask.ts";
export {
  type SentenceDocument,
  type SentencePair,
  type SentencePairOptions,
  sentencePairs,
} from "./batch/sentence-pairs.ts";
export { type BatchTensors, toTensors } from "./batch/to-tensors.ts";
export {
  countTrained,
  requireTrained,
  type TokenWeightOptions,
  type TokenWeights,
  tokenWeights,
} from "./batch/token-weights.ts";

// cleaning
export {
  applyRules,
  type Cleaned,
  type EditRule,
  type KeepRule,
  type Rule,
} from "./clean/rules/rule.ts";
export { cleaner, type Cleaner } from "./clean/rules/cleaner.ts";
export {
  addReports,
  type CleaningReport,
  emptyReport,
  type Flow,
  type Reported,
  reportRules,
  type RuleCount,
} from "./clean/rules/cleaning-report.ts";
export { gopherQuality, type GopherQualityOptions } from "./clean/rules/gopher-quality.ts";
export {
  gopherRepetition,
  type GopherRepetitionOptions,
  type NGramLimit,
} from "./clean/rules/gopher-repetition.ts";
export { c4Quality, type C4QualityOptions } from "./clean/rules/c4-quality.ts";
export { fineWebQuality, type FineWebQualityOptions } from "./clean/rules/fineweb-quality.ts";
export { rejectWords, type RejectWordsOptions } from "./clean/rules/reject-words.ts";
export {
  countSentences,
  segmentWords,
  splitAtSpaces,
  splitWords,
  type WordSplitter,
} from "./clean/rules/words.ts";

// token stores
export { crc32 } from "@adjoint/core/bytes";
export { encodeShard } from "./tokens/encode-shard.ts";
export { openRawTokens } from "./tokens/open-raw-tokens.ts";
export { openTokenShard } from "./tokens/open-token-shard.ts";
export { openTokenStore } from "./tokens/open-token-store.ts";
export type { TokenFile } from "./tokens/token-file.ts";
export type { TokenDType } from "./tokens/token-dtype.ts";
export {
  type OpenShard,
  parseManifest,
  type ShardEntry,
  type TokenManifest,
} from "./tokens/token-manifest.ts";
export type { TokenRange, TokenStore } from "./tokens/token-store.ts";
export { normalizeText, type NormalizeOptions } from "./clean/text/normalize-text.ts";
export { repairMojibake } from "./clean/text/repair-mojibake.ts";
export {
  type PersonalData,
  redact,
  type Redacted,
  type RedactOptions,
  redactRule,
} from "./clean/redact/redact.ts";
export { htmlToText, type HtmlToTextOptions } from "./clean/html/html-to-text.ts";
export {
  type DetectedLanguage,
  keepLanguages,
  languageDetector,
  type LanguageDetector,
  type LanguageDetectorOptions,
} from "./clean/language/language-detector.ts";
export {
  cleanDataset,
  type CleanDatasetOptions,
  cleanTexts,
  type TextField,
} from "./clean/rules/clean-dataset.ts";
export { withoutDuplicates, withoutPassages } from "./dedup/without-duplicates.ts";
