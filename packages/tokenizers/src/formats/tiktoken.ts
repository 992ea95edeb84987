import { type Either, left, right } from "@adjoint/core/either";
import { TokenizerFormatError } from "../errors.ts";
import type { Vocab } from "../spec/model-spec.ts";
import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import { byteCharacters, bytesOfCharacters } from "../text/byte-alphabet.ts";
import { fromBase64, toBase64 } from "./json/base64.ts";
import { isCount } from "./json/read.ts";
import { joinOf } from "./merges.ts";
import { reading } from "./reading.ts";
import { specialToken } from "../spec/special-token.ts";
import type { TiktokenEncoding } from "./tiktoken-encodings.ts";

const operation = "tokenizerFromTiktoken";

const wrong = (rule: string, got: string): TokenizerFormatError =>
  new TokenizerFormatError({ operation, rule, got });

const charactersOf = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes) text += byteCharacters[byte] ?? "";
  return text;
};

const entryOf = (line: string, number: number): readonly [string, number] => {
  const [base64 = "", rankText = "", ...rest] = line.split(" ");
  const bytes = fromBase64(base64);
  const rank = /^\d{1,10}$/.test(rankText) ? Number(rankText) : -1;
  if (bytes === undefined || bytes.length === 0 || !isCount(rank) || rest.length > 0)
    throw wrong(`line ${number} must be "base64 rank"`, JSON.stringify(line.slice(0, 60)));
  return [charactersOf(bytes), rank];
};

const checkBytes = (vocab: Vocab): void => {
  const missing = byteCharacters.findIndex((character) => !vocab.has(character));
  if (missing >= 0)
    throw wrong("every byte must have a rank, or some texts have no tokens", `no byte ${missing}`);
};

const vocabOf = (text: string): Vocab => {
  const vocab = new Map<string, number>();
  const ranks = new Set<number>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line === "") continue;
    const [token, rank] = entryOf(line, i + 1);
    if (vocab.has(token) || ranks.has(rank))
      throw wrong(
        `line ${i + 1} must have a token and a rank of its own`,
        JSON.stringify(line.slice(0, 60)),
      );
    vocab.set(token, rank);
    ranks.add(rank);
  }
  checkBytes(vocab);
  return vocab;
};

const checkSpecial = (vocab: Vocab, specialTokens: TiktokenEncoding["specialTokens"]): void => {
  const ids = new Set(vocab.values());
  for (const [token, id] of specialTokens) {
    if (!isCount(id) || ids.has(id))
      throw wrong("special tokens must have ids of their own", `${JSON.stringify(token)} ${id}`);
    ids.add(id);
  }
};

/**
 * The tokenizer of a tiktoken rank file (base64 of a token's bytes and its rank, a line each), or what is wrong with it
 * and in which line. Source: https://github.com/openai/tiktoken/blob/main/tiktoken/load.py
 *
 * ```ts doctest
 * import { textTokenizer, tiktokenEncodings, tokenizerFromTiktoken } from "@adjoint/tokenizers";
 * const bytes = Array.from({ length: 256 }, (_, byte) => `${btoa(String.fromCharCode(byte))} ${byte}`);
 * const loaded = tokenizerFromTiktoken([...bytes, `${btoa("hi")} 256`].join("\n"), {
 *   ...tiktokenEncodings.cl100k_base,
 *   specialTokens: new Map([["<|endoftext|>", 257]]),
 * });
 * if (loaded._tag === "Left") throw loaded.left;
 * Array.from(textTokenizer(loaded.right).encode("hi!<|endoftext|>")); // => [256, 33, 257]
 * ```
 */
export const tokenizerFromTiktoken = (
  text: string,
  encoding: TiktokenEncoding,
): Either<TokenizerFormatError, TokenizerSpec> =>
  reading(() => {
    const vocab = vocabOf(text);
    checkSpecial(vocab, encoding.specialTokens);
    return {
      addedTokens: Array.from(encoding.specialTokens, ([token, id]) => specialToken(token, id)),
      normalizer: undefined,
      preTokenizer: {
        type: "Sequence",
        preTokenizers: [
          {
            type: "Split",
            pattern: { regex: encoding.pattern },
            behavior: "isolated",
            invert: false,
          },
          { type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: false },
        ],
      },
      model: {
        type: "BPE",
        vocab,
        merges: "ranks",
        unkToken: undefined,
        continuingSubwordPrefix: undefined,
        endOfWordSuffix: undefined,
        fuseUnk: false,
        byteFallback: false,
        ignoreMerges: true,
        dropout: undefined,
      },
      postProcessor: undefined,
      decoder: { type: "ByteLevel" },
      truncation: undefined,
      padding: undefined,
    };
  });

const bytesOf = (token: string): Uint8Array | undefined => {
  const bytes = Array.from(token, (character) => bytesOfCharacters.get(character));
  return bytes.includes(undefined) ? undefined : Uint8Array.from(bytes, (byte) => byte ?? 0);
};

const unsayable = (rule: string, got: string): Either<TokenizerFormatError, never> =>
  left(
    new TokenizerFormatError({
      operation: "tokenizerToTiktoken",
      rule,
      got,
      fix: "save it with tokenizerToJson",
    }),
  );

/** Merges must come in the order of their results' ids: a rank file has nothing but ids. */
const isByRank = ({ model }: TokenizerSpec): boolean => {
  if (model.type !== "BPE" || model.merges === "ranks") return model.type === "BPE";
  const ids = model.merges.map((merge) => model.vocab.get(joinOf(merge, undefined)) ?? -1);
  return ids.every((id, i) => id >= (ids[i - 1] ?? 0));
};

/**
 * The tokens and ranks of a byte-level BPE as a tiktoken rank file. Special tokens and the pattern are not in such files.
 * A `left` where the ids of the tokens are not the order of the merges, or a token is not of bytes.
 */
export const tokenizerToTiktoken = (spec: TokenizerSpec): Either<TokenizerFormatError, string> => {
  const { model } = spec;
  if (model.type !== "BPE" || !isByRank(spec))
    return unsayable("rank files hold byte-pair encodings whose ids are their ranks", model.type);
  const special = new Set(spec.addedTokens.map((token) => token.content));
  const lines: string[] = [];
  for (const [token, rank] of [...model.vocab].toSorted((a, b) => a[1] - b[1])) {
    if (special.has(token)) continue;
    const bytes = bytesOf(token);
    if (bytes === undefined) return unsayable("rank files hold bytes", JSON.stringify(token));
    lines.push(`${toBase64(bytes)} ${rank}`);
  }
  return right(`${lines.join("\n")}\n`);
};
