import { ArgumentError } from "@adjoint/core";
import {
  foldKey,
  indexAt,
  type KeyLike,
  keyWords,
  type KeyWords,
  uniformAt,
} from "../dataset/internal/random.ts";

/** A document as sentences, each as ids without special tokens. */
export type SentenceDocument = readonly Int32Array[];

/** Settings of `sentencePairs`. */
export type SentencePairOptions = {
  /** A seed, or a key of core. */
  readonly key: KeyLike;
  /** Numbers this pass, so that another epoch pairs anew; 0 when absent. */
  readonly epoch?: number;
  /** Tokens of an example at most, the three special ones included. */
  readonly length: number;
  /** The token before the first part. */
  readonly clsId: number;
  /** The token after each part. */
  readonly sepId: number;
  /** Part of the examples that aim at a random shorter length; 0.1 when absent. */
  readonly shortPart?: number;
  /** Part of the examples whose second part is from another document; 0.5 when absent. */
  readonly randomPart?: number;
};

/** An example of next-sentence prediction: `[CLS] A [SEP] B [SEP]`. */
export type SentencePair = {
  readonly ids: Int32Array;
  /** 0 for the first part with its special tokens, 1 for the second. */
  readonly types: Int32Array;
  /** 1 where a special token stands, for `maskTokens`. */
  readonly special: Uint8Array;
  /** 0 when B follows A in its document, 1 when it is from another one: the label of transformers. */
  readonly label: 0 | 1;
};

/** Random numbers one after another, all from one key. */
type Draws = { readonly uniform: () => number; readonly index: (n: number) => number };

const drawsOf = (key: KeyWords): Draws => {
  let counter = 0;
  return {
    uniform: () => uniformAt(key, counter++),
    index: (n) => indexAt(key, counter++, n),
  };
};

const joined = (sentences: readonly Int32Array[]): number[] =>
  sentences.flatMap((sentence) => [...sentence]);

/** A part of which tokens were taken off at both ends. */
type Cut = { start: number; end: number };

/** Takes tokens off the longer part, at its front or its back by chance, until both fit. */
const truncate = (
  a: readonly number[],
  b: readonly number[],
  room: number,
  draws: Draws,
): readonly [readonly number[], readonly number[]] => {
  const [ofA, ofB]: readonly [Cut, Cut] = [
    { start: 0, end: a.length },
    { start: 0, end: b.length },
  ];
  const size = ({ start, end }: Cut): number => end - start;
  while (size(ofA) + size(ofB) > room) {
    const longer = size(ofA) > size(ofB) ? ofA : ofB;
    if (draws.uniform() < 0.5) longer.start++;
    else longer.end--;
  }
  return [a.slice(ofA.start, ofA.end), b.slice(ofB.start, ofB.end)];
};

const assemble = (
  a: readonly number[],
  b: readonly number[],
  label: 0 | 1,
  { clsId, sepId }: SentencePairOptions,
): SentencePair => {
  const ids = Int32Array.of(clsId, ...a, sepId, ...b, sepId);
  const types = new Int32Array(ids.length).fill(1, a.length + 2);
  const special = new Uint8Array(ids.length);
  for (const place of [0, a.length + 1, ids.length - 1]) special[place] = 1;
  return { ids, types, special, label };
};

/** Sentences of another document, from a random one on: one, and more until there are `room` tokens. */
const randomSentences = (
  documents: readonly SentenceDocument[],
  own: number,
  room: number,
  draws: Draws,
): number[] => {
  const drawn = draws.index(documents.length - 1);
  const document = documents[drawn >= own ? drawn + 1 : drawn] ?? [];
  const taken: Int32Array[] = [];
  let size = 0;
  for (let i = draws.index(document.length); i < document.length; i++) {
    const sentence = document[i] ?? new Int32Array();
    taken.push(sentence);
    size += sentence.length;
    if (size >= room) break;
  }
  return joined(taken);
};

const check = (documents: readonly SentenceDocument[], { length }: SentencePairOptions): void => {
  if (!Number.isSafeInteger(length) || length < 5)
    throw new ArgumentError({
      operation: "sentencePairs",
      rule: "length must be a whole number of at least 5: three special tokens and one of each part",
      got: `${length}`,
    });
  if (documents.length < 2 || documents.some((document) => document.length === 0))
    throw new ArgumentError({
      operation: "sentencePairs",
      rule: "needs at least two documents, each with a sentence",
      got: `${documents.length}`,
    });
};

/**
 * The examples of next-sentence prediction that document `index` of `documents` gives: runs of its sentences that fill
 * `length`, cut in two at a random sentence; half of the second parts are replaced by sentences of another document, and
 * the sentences they replace go into the next example. The rules are those of BERT's create_pretraining_data.py. A pure
 * function of key, epoch and index. Throws ArgumentError for a length under 5, fewer than two documents, or empty ones.
 * @see https://github.com/google-research/bert/blob/master/create_pretraining_data.py
 *
 * ```ts doctest
 * import { sentencePairs } from "@adjoint/data";
 * const documents = [[[5], [6]], [[7], [8]]].map((document) => document.map((ids) => Int32Array.from(ids)));
 * const options = { key: 0, length: 16, clsId: 1, sepId: 2, randomPart: 0, shortPart: 0 };
 * const [pair] = await sentencePairs(documents, 0, options);
 * [...(pair?.ids ?? [])]; // => [1, 5, 2, 6, 2]
 * [...(pair?.types ?? [])]; // => [0, 0, 0, 1, 1]
 * ```
 */
export const sentencePairs = async (
  documents: readonly SentenceDocument[],
  index: number,
  options: SentencePairOptions,
): Promise<readonly SentencePair[]> => {
  check(documents, options);
  const words = await keyWords("sentencePairs", options.key)();
  const draws = drawsOf(foldKey(foldKey(words, options.epoch ?? 0), index));
  return pairsOf(documents, index, options, draws);
};

const pairsOf = (
  documents: readonly SentenceDocument[],
  own: number,
  options: SentencePairOptions,
  draws: Draws,
): SentencePair[] => {
  const { length, shortPart = 0.1, randomPart = 0.5 } = options;
  const document = documents[own] ?? [];
  const room = length - 3;
  const pairs: SentencePair[] = [];
  const aim = draws.uniform() < shortPart ? 2 + draws.index(room - 1) : room;
  let chunk: Int32Array[] = [];
  let size = 0;
  for (let i = 0; i < document.length; i++) {
    const sentence = document[i] ?? new Int32Array();
    chunk.push(sentence);
    size += sentence.length;
    if (i < document.length - 1 && size < aim) continue;
    const cut = chunk.length < 2 ? 1 : 1 + draws.index(chunk.length - 1);
    const a = joined(chunk.slice(0, cut));
    const isRandom = chunk.length === 1 || draws.uniform() < randomPart;
    const b = isRandom
      ? randomSentences(documents, own, aim - a.length, draws)
      : joined(chunk.slice(cut));
    if (isRandom) i -= chunk.length - cut; // what was replaced comes again
    const [first, second] = truncate(a, b, room, draws);
    if (first.length > 0 && second.length > 0)
      pairs.push(assemble(first, second, isRandom ? 1 : 0, options));
    [chunk, size] = [[], 0];
  }
  return pairs;
};
