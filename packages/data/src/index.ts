export type { Dataset, DatasetIterator, DatasetState } from "./dataset/dataset.ts";

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
export { packDocuments } from "./pack/pack-documents.ts";
export { type PackedRow, packRow } from "./pack/packed-row.ts";
export type { Piece } from "./pack/piece.ts";
export { type PackingOptions, type PackingStrategy, planPacking } from "./pack/plan-packing.ts";

// batches
export { ignoreIndex } from "./batch/ignore-index.ts";
export { type PackedBatch, packedBatch, type PackedBatchOptions } from "./batch/packed-batch.ts";
export {
  cumulativeLengths,
  denseSegmentMask,
  segmentMask,
  type Segments,
} from "./batch/segment-mask.ts";
