import { ArgumentError } from "@adjoint/core";
import {
  foldKey,
  type KeyLike,
  keyWords,
  type KeyWords,
  threefry,
} from "../dataset/internal/random.ts";
import { ignoreIndex as defaultIgnoreIndex } from "./ignore-index.ts";

/** Settings of `maskTokens`. */
export type MaskOptions = {
  /** A seed, or a key of core. */
  readonly key: KeyLike;
  /** Numbers this drawing, such as a step: the same example is masked anew every time it comes. 0 when absent. */
  readonly step?: number;
  /** The id of the mask token. */
  readonly maskId: number;
  /** Ids there are; random replacements are drawn from all of them, as in BERT. */
  readonly vocabularySize: number;
  /** 1 where a token must stay: special tokens and padding; (B, T). */
  readonly special: ArrayLike<number>;
  /** Part of the other tokens, or of the words, that is to be predicted; 0.15 when absent. */
  readonly probability?: number;
  /** Part of those that becomes the mask token; 0.8 when absent. */
  readonly maskPart?: number;
  /** Part of those that becomes a random token; 0.1 when absent. The rest stays. */
  readonly randomPart?: number;
  /** The word that each token is of, -1 for none, (B, T): words are chosen whole. Neighbours of one number are one word. */
  readonly wordIds?: ArrayLike<number>;
  /** The target of places that do not count; -100 when absent. */
  readonly ignoreIndex?: number;
};

/** A batch to mask: ids int32 (B, T). */
export type MaskableBatch = {
  readonly shape: readonly [number, number];
  readonly inputs: Int32Array;
};

/** The same with some tokens replaced, and those that were there as targets. */
export type MaskedBatch = MaskableBatch & {
  readonly targets: Int32Array;
  /** Targets that count. */
  readonly trainedTokens: number;
};

const checkPart = (name: string, value: number): void => {
  if (value >= 0 && value <= 1) return;
  throw new ArgumentError({
    operation: "maskTokens",
    rule: `${name} must be between 0 and 1`,
    got: `${value}`,
  });
};

const check = ({ inputs, shape: [B, T] }: MaskableBatch, options: MaskOptions): void => {
  const { probability = 0.15, maskPart = 0.8, randomPart = 0.1, special, wordIds } = options;
  checkPart("probability", probability);
  checkPart("maskPart", maskPart);
  checkPart("randomPart", randomPart);
  checkPart("maskPart + randomPart", maskPart + randomPart);
  for (const [name, array] of Object.entries({ inputs, special, wordIds: wordIds ?? inputs }))
    if (array.length !== B * T)
      throw new ArgumentError({
        operation: "maskTokens",
        rule: `${name} must have a value for each of ${B} x ${T} tokens`,
        got: `${array.length}`,
      });
  if (!Number.isSafeInteger(options.vocabularySize) || options.vocabularySize < 1)
    throw new ArgumentError({
      operation: "maskTokens",
      rule: "vocabularySize must be a whole number of at least 1",
      got: `${options.vocabularySize}`,
    });
};

/** The place whose draw decides for each place: its own, or that of the first token of its word; -1 for none. */
const deciders = (
  { special, wordIds }: Pick<MaskOptions, "special" | "wordIds">,
  [B, T]: readonly [number, number],
): Int32Array => {
  const leads = new Int32Array(B * T).fill(-1);
  for (let i = 0; i < B * T; i++) {
    if (special[i] === 1 || wordIds?.[i] === -1) continue;
    const isSame = wordIds !== undefined && i % T > 0 && wordIds[i] === wordIds[i - 1];
    const before = isSame ? (leads[i - 1] ?? -1) : -1;
    leads[i] = before === -1 ? i : before;
  }
  return leads;
};

/** Two numbers of [0, 1) for a place, others for another `draw`. */
const drawAt = (key: KeyWords, place: number, draw: 0 | 1): readonly [number, number] => {
  const [a, b] = threefry(key, draw, place);
  return [a / 2 ** 32, b / 2 ** 32];
};

/** What stands at a place that is to be predicted: the mask, a random token, or the token itself. */
const replacement = (token: number, key: KeyWords, place: number, options: MaskOptions): number => {
  const { maskPart = 0.8, randomPart = 0.1, maskId, vocabularySize } = options;
  const [kind, random] = drawAt(key, place, 1);
  if (kind < maskPart) return maskId;
  if (kind < maskPart + randomPart) return Math.floor(random * vocabularySize);
  return token;
};

/**
 * Masked language modelling as in BERT: every token that is not special is to be predicted with probability 0.15; of those
 * 80 % become the mask token, 10 % a random token, and 10 % stay. With `wordIds` whole words are chosen. Another `step`
 * masks other tokens, so every epoch is new, and any of them can be made again. Throws ArgumentError for parts that
 * are no probabilities and arrays of another size.
 * @see https://arxiv.org/abs/1810.04805
 *
 * ```ts doctest
 * import { maskTokens } from "@adjoint/data";
 * const batch = { shape: [1, 4] as const, inputs: Int32Array.of(1, 7, 8, 2) };
 * const masked = await maskTokens(batch, {
 *   key: 0, maskId: 3, vocabularySize: 10, special: [1, 0, 0, 1], probability: 1, maskPart: 1, randomPart: 0,
 * });
 * [...masked.inputs]; // => [1, 3, 3, 2]
 * [...masked.targets]; // => [-100, 7, 8, -100]
 * ```
 */
export const maskTokens = async (
  batch: MaskableBatch,
  options: MaskOptions,
): Promise<MaskedBatch> => {
  check(batch, options);
  const { probability = 0.15, step = 0, ignoreIndex = defaultIgnoreIndex } = options;
  const key = foldKey(await keyWords("maskTokens", options.key)(), step);
  const inputs = batch.inputs.slice();
  const targets = new Int32Array(inputs.length).fill(ignoreIndex);
  let trainedTokens = 0;
  deciders(options, batch.shape).forEach((lead, place) => {
    if (lead === -1 || drawAt(key, lead, 0)[0] >= probability) return;
    const token = batch.inputs[place] ?? 0;
    targets[place] = token;
    inputs[place] = replacement(token, key, place, options);
    trainedTokens++;
  });
  return { shape: batch.shape, inputs, targets, trainedTokens };
};
