import { byteOfToken } from "../decoders/byte-fallback.ts";
import { bytesOfCharacters, byteCharacters } from "../text/byte-alphabet.ts";
import { alphabetOf, type AlphabetOptions } from "./alphabet.ts";
import type { PieceCounts } from "./count-pieces.ts";
import { MergeTraining, type Ties } from "./merge-training.ts";
import { SymbolText } from "./symbol-text.ts";
import type { ByteFallbackOptions } from "./reserved-tokens.ts";
import { TokenList } from "./token-list.ts";
import type { TrainingProgress } from "./training-options.ts";

/** Settings of BPE and WordPiece training. */
export type MergeOptions = AlphabetOptions & {
  /** How many tokens there will be, if the texts have enough; default 30,000. */
  readonly vocabSize?: number;
  /** Pairs that come less often are not merged; default 0. */
  readonly minFrequency?: number;
  /** Stands before every token that does not begin a piece, such as `##`. */
  readonly continuingSubwordPrefix?: string;
  /** Stands behind every token that ends a piece, such as `</w>`. */
  readonly endOfWordSuffix?: string;
  /** Merged tokens merge on only as long as they stay shorter than so many characters. */
  readonly maxTokenLength?: number;
  /**
   * Which of equally frequent pairs is merged first: that of the lowest ids (default; Hugging Face and rustbpe), the one
   * that comes first in the texts (minbpe), or the greatest by its bytes (Stanford's CS336).
   */
  readonly ties?: "lowestIds" | "firstSeen" | "greatestPair";
  /**
   * Who gets the first ids: special tokens and then the characters by code point (default; Hugging Face), or the 256
   * bytes, and special tokens the last (tiktoken, minbpe, rustbpe). The latter is for byte-level pieces.
   */
  readonly ids?: "specialsFirst" | "bytesFirst";
};

/** Tokens and merges, in the order in which they were made. */
export type LearnedMerges = {
  readonly vocab: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
};

/** What `greatestPair` compares: the bytes of each token, as a string of characters below 256. */
const bytesKey = (token: string, byteLevel: boolean): string => {
  const bytes = byteLevel
    ? Array.from(token, (character) => bytesOfCharacters.get(character) ?? 0)
    : new TextEncoder().encode(token);
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
};

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const tiesOf = (rule: MergeOptions["ties"], list: TokenList, byteLevel: boolean): Ties => {
  if (rule !== "greatestPair") return rule ?? "lowestIds";
  const keys: string[] = [];
  const keyOf = (id: number): string => {
    for (let next = keys.length; next <= id; next++)
      keys.push(bytesKey(list.tokens[next] ?? "", byteLevel));
    return keys[id] ?? "";
  };
  return ([a, b], [c, d]) => compare(keyOf(c), keyOf(a)) || compare(keyOf(d), keyOf(b));
};

/** Pieces as rows of symbols; tokens with prefix and suffix are added as they come. */
const symbolsOf = (pieces: PieceCounts, list: TokenList, options: MergeOptions): SymbolText => {
  const { continuingSubwordPrefix: prefix = "", endOfWordSuffix: suffix = "" } = options;
  const text = new SymbolText();
  let number = 0;
  for (const piece of pieces.keys()) {
    const ids: number[] = [];
    let at = 0;
    for (const character of piece) {
      const start = at;
      at += character.length;
      if (!list.ids.has(character)) continue;
      const first = start === 0 ? "" : prefix;
      const last = at === piece.length ? suffix : "";
      ids.push(list.add(first + character + last));
    }
    text.add(number++, ids);
  }
  return text;
};

const withoutPrefix = (token: string, prefix: string): string =>
  prefix !== "" && token.startsWith(prefix) ? token.slice(prefix.length) : token;

/** Merges that came twice count where they came last, as in a map from pairs to ranks. */
const lastOfEach = (merges: readonly (readonly [number, number])[]): typeof merges => {
  const last = new Map(merges.map(([a, b], rank) => [`${a} ${b}`, rank]));
  return last.size === merges.length
    ? merges
    : merges.filter(([a, b], rank) => last.get(`${a} ${b}`) === rank);
};

/**
 * Learns merges from counted pieces: the most frequent pair of tokens becomes a token, again and again. The `reserved`
 * tokens are there already; no text becomes one of a byte.
 * Source: https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/bpe/trainer.rs
 */
export function* learnMerges(
  pieces: PieceCounts,
  reserved: readonly string[],
  byteLevel: boolean,
  options: MergeOptions & ByteFallbackOptions,
): Generator<TrainingProgress, LearnedMerges, void> {
  const { vocabSize = 30_000, minFrequency = 0, maxTokenLength = Infinity } = options;
  const bytesFirst = options.ids === "bytesFirst";
  const list = new TokenList();
  if (!bytesFirst) for (const token of reserved) list.add(token);
  for (const character of bytesFirst ? byteCharacters : alphabetOf(pieces, options))
    list.add(character);
  const text = symbolsOf(pieces, list, options);
  const prefix = options.continuingSubwordPrefix ?? "";
  const lengths = list.tokens.map(() => 1);
  const lengthOf = (id: number): number => lengths[id] ?? 0;
  // Pairs that stood in the texts from the start have no limit, as in the original.
  const mayMerge = (a: number, b: number): boolean =>
    lengthOf(a) + lengthOf(b) < maxTokenLength || (lengthOf(a) === 1 && lengthOf(b) === 1);
  const training = new MergeTraining(
    text,
    Float64Array.from(pieces.values()),
    maxTokenLength < Infinity ? mayMerge : undefined,
    tiesOf(options.ties, list, byteLevel),
  );
  const total = bytesFirst
    ? vocabSize - reserved.filter((token) => !list.ids.has(token)).length
    : vocabSize;
  const merges: (readonly [number, number])[] = [];
  while (list.tokens.length < total) {
    const top = training.take();
    if (top === undefined || top.weight < 1 || top.weight < minFrequency) break;
    const { entry, first, second } = top;
    const join = (list.tokens[first] ?? "") + withoutPrefix(list.tokens[second] ?? "", prefix);
    if (options.byteFallback === true && byteOfToken(join) !== undefined) continue;
    const id = list.add(join);
    lengths[id] ??= lengthOf(first) + lengthOf(second);
    merges.push([first, second]);
    training.merge(entry, id);
    yield { stage: "merge", done: list.tokens.length, total };
  }
  if (bytesFirst) for (const token of reserved) list.add(token);
  return {
    vocab: list.ids,
    merges: lastOfEach(merges).map(([first, second]) => [
      list.tokens[first] ?? "",
      list.tokens[second] ?? "",
    ]),
  };
}
