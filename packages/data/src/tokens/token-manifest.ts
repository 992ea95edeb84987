import type { DatasetState } from "../dataset/dataset.ts";
import { type Either, left, right } from "@adjoint/core/either";
import { DataError } from "../errors.ts";
import type { TokenDType } from "./token-dtype.ts";

/** One finished file of a store. */
export type ShardEntry = {
  readonly file: string;
  readonly tokens: number;
  readonly documents: number;
};

/** What is in a shard that is still being written, as far as it is safe on disk. */
export type OpenShard = ShardEntry & { readonly tokensCrc: number };

/** The list of a store's shards, kept as `manifest.json` beside them. */
export type TokenManifest = {
  readonly format: "adjoint-tokens";
  readonly version: 1;
  readonly dtype: TokenDType;
  readonly shards: readonly ShardEntry[];
  /** Absent once the store is finished. */
  readonly open?: OpenShard;
  /** What the writer said with its last save, such as the state of the dataset that it reads. */
  readonly cursor?: DatasetState;
  /** The same, of the last finished shard. */
  readonly shardsCursor?: DatasetState;
  /** Facts about the data: the tokenizer, the source, the licence. */
  readonly metadata: Readonly<Record<string, string>>;
};

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === "object" && x !== null && !Array.isArray(x);

const isCount = (x: unknown): x is number =>
  typeof x === "number" && Number.isSafeInteger(x) && x >= 0;

/** A file beside the manifest: no folders, so that no manifest reads what is elsewhere. */
const isName = (x: unknown): x is string =>
  typeof x === "string" && /^[^/\\:\0]+$/.test(x) && x !== "." && x !== "..";

const isEntry = (x: unknown): x is ShardEntry =>
  isRecord(x) && isName(x["file"]) && isCount(x["tokens"]) && isCount(x["documents"]);

const isOpen = (x: unknown): x is OpenShard =>
  isEntry(x) && "tokensCrc" in x && isCount(x.tokensCrc);

const isManifest = (x: unknown): x is TokenManifest =>
  isRecord(x) &&
  x["format"] === "adjoint-tokens" &&
  x["version"] === 1 &&
  (x["dtype"] === "uint16" || x["dtype"] === "uint32") &&
  Array.isArray(x["shards"]) &&
  x["shards"].every(isEntry) &&
  (x["open"] === undefined || isOpen(x["open"])) &&
  isRecord(x["metadata"]) &&
  Object.values(x["metadata"]).every((value) => typeof value === "string");

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * A manifest from the text of its file, or what is wrong with it.
 *
 * ```ts doctest
 * import { parseManifest } from "@adjoint/data";
 * parseManifest("{}")._tag; // => "Left"
 * ```
 */
export const parseManifest = (
  text: string,
  source = "manifest.json",
): Either<DataError, TokenManifest> => {
  const value = parseJson(text);
  if (isManifest(value)) return right(value);
  return left(
    new DataError(
      {
        operation: "tokenStore",
        rule: "must be the manifest of a token store (adjoint-tokens, version 1)",
        got: text.slice(0, 80),
      },
      { source },
    ),
  );
};
