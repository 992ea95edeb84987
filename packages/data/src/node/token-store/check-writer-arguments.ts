import { ArgumentError } from "@adjoint/core";
import { isState } from "../../dataset/internal/is-state.ts";
import { maxShardTokens } from "../../tokens/shard-header.ts";
import { encodeTokens, type TokenDType } from "../../tokens/token-dtype.ts";
import type { TokenWriterOptions } from "./open-token-writer.ts";

const operation = "openTokenWriter";

const nameOf = (value: unknown): string => (value === null ? "null" : typeof value);

/** Throws ArgumentError unless a store can have these settings. */
export const checkWriterOptions = ({
  dtype,
  shardTokens = 1,
  metadata = {},
}: TokenWriterOptions): void => {
  if (dtype !== "uint16" && dtype !== "uint32")
    throw new ArgumentError({
      operation,
      rule: "dtype must be uint16 or uint32",
      got: String(dtype),
    });
  if (!Number.isSafeInteger(shardTokens) || shardTokens < 1 || shardTokens > maxShardTokens)
    throw new ArgumentError({
      operation,
      rule: `shardTokens must be a whole number from 1 to ${maxShardTokens}`,
      got: `${shardTokens}`,
    });
  for (const [key, value] of Object.entries(metadata))
    if (typeof value !== "string")
      throw new ArgumentError({
        operation,
        rule: `metadata must be texts, that of ${JSON.stringify(key)} too`,
        got: nameOf(value),
      });
};

/** The bytes of a document. Throws ArgumentError for what is no list of ids that fit. */
export const encodeDocument = (document: ArrayLike<number>, dtype: TokenDType): Uint8Array => {
  const isList = typeof document === "object" && document !== null;
  const length: unknown = isList ? document.length : undefined;
  if (typeof length === "number" && Number.isSafeInteger(length))
    if (length >= 0 && length <= maxShardTokens) return encodeTokens(document, dtype);
  throw new ArgumentError({
    operation,
    rule: `a document must be a list of at most ${maxShardTokens} ids`,
    got: isList ? `length ${String(length)}` : nameOf(document),
  });
};

/** Throws ArgumentError for a cursor that a manifest would not give back as it is. */
export const checkCursor = (cursor: unknown): void => {
  if (isState(cursor)) return;
  throw new ArgumentError({
    operation,
    rule: "a cursor must be plain JSON: null, booleans, finite numbers, texts, and lists and objects of these",
    got: nameOf(cursor),
  });
};
