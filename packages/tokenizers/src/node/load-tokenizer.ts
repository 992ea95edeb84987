import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Either, left, right } from "@adjoint/core/either";
import { errorCode } from "@adjoint/core/node";
import { TokenizerFormatError } from "../errors.ts";
import { tokenizerConfigFromJson } from "../formats/config/config-from-json.ts";
import type { TokenizerConfig } from "../formats/config/tokenizer-config.ts";
import { withTokenizerConfig } from "../formats/config/with-config.ts";
import { tokenizerFromSentencePiece } from "../formats/sentencepiece/from-sentencepiece.ts";
import { tokenizerFromJson } from "../formats/tokenizer-json/tokenizer-json.ts";
import { tokenizerFromVocabMerges } from "../formats/vocab-merges.ts";
import { tokenizerFromVocabTxt } from "../formats/vocab-txt.ts";
import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";

/** A tokenizer and what lies beside it. */
export type TokenizerFolder = { readonly spec: TokenizerSpec; readonly config: TokenizerConfig };

/** The largest vocabularies in use take 40 MB. */
const maxBytes = 512 * 2 ** 20;

const operation = "loadTokenizer";

const unreadable = (path: string, got: string, cause?: unknown): TokenizerFormatError =>
  new TokenizerFormatError({ operation, rule: `must be able to read ${path}`, got }, { cause });

/** The bytes of a file, or undefined where there is none. Throws TokenizerFormatError. */
const bytesOf = async (folder: string, name: string): Promise<Uint8Array | undefined> => {
  const path = join(folder, name);
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw unreadable(path, `${size} bytes, more than ${maxBytes}`);
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    if (error instanceof TokenizerFormatError) throw error;
    throw unreadable(path, error instanceof Error ? error.message : String(error), error);
  }
};

const textOf = async (folder: string, name: string): Promise<string | undefined> => {
  const bytes = await bytesOf(folder, name);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
};

type Loaded = Either<TokenizerFormatError, TokenizerSpec>;

const fromVocabMerges = async (folder: string): Promise<Loaded | undefined> => {
  const [vocab, merges] = await Promise.all([
    textOf(folder, "vocab.json"),
    textOf(folder, "merges.txt"),
  ]);
  return vocab === undefined || merges === undefined
    ? undefined
    : tokenizerFromVocabMerges({ vocab, merges });
};

const modelNames = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

const fromSentencePiece = async (folder: string): Promise<Loaded | undefined> => {
  for (const name of modelNames) {
    const bytes = await bytesOf(folder, name);
    if (bytes !== undefined) return tokenizerFromSentencePiece(bytes);
  }
  return undefined;
};

const specOf = async (folder: string): Promise<Loaded> => {
  const json = await textOf(folder, "tokenizer.json");
  if (json !== undefined) return tokenizerFromJson(json);
  const other = (await fromSentencePiece(folder)) ?? (await fromVocabMerges(folder));
  if (other !== undefined) return other;
  const words = await textOf(folder, "vocab.txt");
  if (words !== undefined) return tokenizerFromVocabTxt(words);
  const names = ["tokenizer.json", ...modelNames, "vocab.json and merges.txt", "vocab.txt"];
  return left(
    new TokenizerFormatError({ operation, rule: `${folder} must have ${names.join(", or ")}` }),
  );
};

const configOf = async (folder: string): Promise<Either<TokenizerFormatError, TokenizerConfig>> => {
  const [tokenizerConfig, specialTokensMap, addedTokens, chatTemplate] = await Promise.all(
    [
      "tokenizer_config.json",
      "special_tokens_map.json",
      "added_tokens.json",
      "chat_template.jinja",
    ].map((name) => textOf(folder, name)),
  );
  return tokenizerConfigFromJson({ tokenizerConfig, specialTokensMap, addedTokens, chatTemplate });
};

/**
 * The tokenizer in a folder of a Hugging Face model, with its configuration, or what is wrong with the files: from
 * `tokenizer.json`, or else a SentencePiece model, `vocab.json` with `merges.txt`, or `vocab.txt`.
 *
 * ```ts doctest
 * import { loadTokenizer } from "@adjoint/tokenizers/node";
 * (await loadTokenizer("no/such/folder"))._tag; // => "Left"
 * ```
 */
export const loadTokenizer = async (
  folder: string,
): Promise<Either<TokenizerFormatError, TokenizerFolder>> => {
  try {
    const spec = await specOf(folder);
    if (spec._tag === "Left") return spec;
    const config = await configOf(folder);
    if (config._tag === "Left") return config;
    return right({ spec: withTokenizerConfig(spec.right, config.right), config: config.right });
  } catch (error) {
    if (error instanceof TokenizerFormatError) return left(error);
    throw error;
  }
};
