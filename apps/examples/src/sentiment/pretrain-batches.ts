import { fromData } from "@adjoint/core";
import {
  batchByLength,
  type Dataset,
  epochs,
  filter,
  flatMap,
  fromIndexed,
  ignoreIndex,
  map,
  maskTokens,
  padExamples,
  pipe,
  type SentenceDocument,
  type SentencePair,
  sentencePairs,
} from "@adjoint/data";
import type { TextTokenizer } from "@adjoint/tokenizers";
import type { PretrainBatch } from "./model.ts";
import type { Synset } from "./read-wordnet.ts";
import { special } from "./train-tokenizer.ts";

/** A meaning as a document of sentences: its words, what it is, its examples. */
export const documentOf = (
  { words, definition, examples }: Synset,
  tokenizer: TextTokenizer,
): SentenceDocument =>
  [words.join(", "), definition, ...examples]
    .map((text) => tokenizer.encode(text, { addSpecialTokens: false }))
    .filter((ids) => ids.length > 0);

/** Settings of `pretrainBatches`. */
export type PretrainBatchOptions = {
  readonly seed: number;
  readonly batchSize: number;
  /** Tokens of an example at most. */
  readonly length: number;
  readonly vocabSize: number;
};

/** Tokens at the start of a word are words of their own, those inside go with them. */
const wordIdsOf = (inputs: Int32Array, isInside: (id: number) => boolean): Int32Array => {
  let word = 0;
  return inputs.map((id) => (isInside(id) ? word : ++word));
};

/** Places of a masked batch, as many as there may be: a fixed number, so that one compiled step serves all of one length. */
const placesOf = (targets: Int32Array, room: number): readonly [Int32Array, Int32Array] => {
  const [places, words] = [new Int32Array(room), new Int32Array(room).fill(ignoreIndex)];
  let count = 0;
  targets.forEach((target, place) => {
    if (target === ignoreIndex || count === room) return;
    places[count] = place;
    words[count++] = target;
  });
  return [places, words];
};

const toBatch = async (
  pairs: readonly SentencePair[],
  step: number,
  isInside: (id: number) => boolean,
  { seed, length, vocabSize }: PretrainBatchOptions,
): Promise<PretrainBatch> => {
  const multipleOf = Math.ceil(length / 3);
  const { inputs, shape, mask } = padExamples(pairs, { multipleOf });
  const [B, T] = shape;
  const [types, isSpecial] = [new Int32Array(B * T), new Uint8Array(B * T).fill(1)];
  pairs.forEach((pair, row) => {
    types.set(pair.types, row * T);
    isSpecial.set(pair.special, row * T);
  });
  const masked = await maskTokens(
    { inputs, shape },
    {
      ...{ key: seed, step, maskId: special.mask, vocabularySize: vocabSize, special: isSpecial },
      wordIds: wordIdsOf(inputs, isInside),
    },
  );
  const [places, targets] = placesOf(masked.targets, Math.ceil(0.2 * B * T));
  return {
    ids: fromData(masked.inputs, shape),
    types: fromData(types, shape),
    valid: fromData(mask, shape, "bool"),
    labels: fromData(
      Int32Array.from(pairs, ({ label }) => label),
      [B],
    ),
    places: fromData(places, [places.length]),
    targets: fromData(targets, [targets.length]),
  };
};

/** Batches of masked pairs without end; every epoch pairs and masks anew. Batches that are not full are left out. */
export const pretrainBatches = (
  documents: readonly SentenceDocument[],
  tokenizer: TextTokenizer,
  options: PretrainBatchOptions,
): Dataset<PretrainBatch> => {
  const { seed, length, batchSize } = options;
  const inside = new Set(
    Array.from({ length: options.vocabSize }, (_, id) => id).filter((id) =>
      tokenizer.idToToken(id)?.startsWith("##"),
    ),
  );
  const pairing = { length, clsId: special.cls, sepId: special.sep, key: seed };
  let step = 0;
  return epochs(Infinity, (epoch) =>
    pipe(
      fromIndexed(documents.length, (i) => i, { key: seed + epoch }),
      flatMap((i) => sentencePairs(documents, i, { ...pairing, epoch })),
      batchByLength({ batchSize, lengthOf: ({ ids }) => ids.length, key: seed + epoch }),
      filter((pairs) => pairs.length === batchSize),
      map((pairs) => toBatch(pairs, step++, (id) => inside.has(id), options)),
    ),
  );
};
