import { DataError } from "../errors.ts";
import { checkRange, openTokenShard } from "./open-token-shard.ts";
import type { TokenFile } from "./token-file.ts";
import type { ShardEntry, TokenManifest } from "./token-manifest.ts";
import type { TokenRange, TokenStore } from "./token-store.ts";

/** Where each shard begins, and the end. */
const startsOf = (counts: readonly number[]): readonly number[] => {
  const starts = [0];
  for (const count of counts) starts.push((starts.at(-1) ?? 0) + count);
  return starts;
};

/** The last shard that begins at `place` or before; empty shards are passed over. */
const shardOf = (starts: readonly number[], place: number): number => {
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? Infinity) <= place) low = middle;
    else high = middle;
  }
  return low;
};

const checkShard = (shard: TokenStore, entry: ShardEntry, dtype: string): void => {
  const rule = `${entry.tokens} tokens of ${dtype} and ${entry.documents} documents`;
  const got = `${shard.tokenCount} of ${shard.dtype} and ${shard.documentCount}`;
  if (`${entry.tokens} of ${dtype} and ${entry.documents}` === got) return;
  throw new DataError(
    { operation: "tokenStore", rule: `must have the ${rule} that the manifest says`, got },
    { source: entry.file },
  );
};

/**
 * The store of all finished shards of a manifest. `open` gives the bytes of a file by its name; it is called at the first
 * use of a shard, so opening a large store costs nothing. In a page, shards come from a server or from chosen files:
 *
 * ```ts
 * const manifest = parseManifest(await (await fetch("/tokens/manifest.json")).text());
 * if (manifest._tag === "Right")
 *   const store = openTokenStore(manifest.right, (file) => urlSource(`/tokens/${file}`));
 * ```
 *
 * ```ts doctest
 * import { bytesSource, encodeShard, openTokenStore } from "@adjoint/data";
 * const shards = [[[1, 2], [3]], [[4, 5, 6]]].map((documents) => encodeShard(documents, "uint16"));
 * const entries = [{ file: "0", tokens: 3, documents: 2 }, { file: "1", tokens: 3, documents: 1 }];
 * const store = openTokenStore(
 *   { format: "adjoint-tokens", version: 1, dtype: "uint16", shards: entries, metadata: {} },
 *   (file) => bytesSource(shards[Number(file)] ?? new Uint8Array()),
 * );
 * [...(await store.tokens(1, 4))]; // => [2, 3, 4, 5]
 * [...(await store.document(2))]; // => [4, 5, 6]
 * ```
 */
export const openTokenStore = (
  manifest: TokenManifest,
  open: (file: string) => Promise<TokenFile> | TokenFile,
): TokenStore => {
  const { shards: entries, dtype } = manifest;
  const tokenStarts = startsOf(entries.map(({ tokens }) => tokens));
  const documentStarts = startsOf(entries.map(({ documents }) => documents));
  const [tokenCount, documentCount] = [tokenStarts.at(-1) ?? 0, documentStarts.at(-1) ?? 0];
  const opened = new Map<number, Promise<TokenStore>>();
  const openShard = async (i: number): Promise<TokenStore> => {
    const entry = entries[i] ?? { file: "", tokens: 0, documents: 0 };
    const bytes = await open(entry.file);
    try {
      const shard = await openTokenShard(bytes);
      checkShard(shard, entry, dtype);
      return shard;
    } catch (error) {
      await bytes.close?.();
      throw error;
    }
  };
  const shard = (i: number): Promise<TokenStore> => {
    const known = opened.get(i);
    if (known !== undefined) return known;
    const opening = openShard(i);
    opened.set(i, opening);
    opening.catch(() => opened.delete(i)); // a failure may pass: the next call tries again
    return opening;
  };
  const tokens = async (start: number, length: number): Promise<Int32Array> => {
    checkRange("tokens", start, length, tokenCount);
    const result = new Int32Array(length);
    for (let done = 0; done < length;) {
      const i = shardOf(tokenStarts, start + done);
      const from = start + done - (tokenStarts[i] ?? 0);
      const count = Math.min(length - done, (tokenStarts[i + 1] ?? 0) - start - done);
      result.set(await (await shard(i)).tokens(from, count), done);
      done += count;
    }
    return result;
  };
  const documentRange = async (i: number): Promise<TokenRange> => {
    checkRange("documents", i, 1, documentCount);
    const at = shardOf(documentStarts, i);
    const range = await (await shard(at)).documentRange(i - (documentStarts[at] ?? 0));
    return { start: range.start + (tokenStarts[at] ?? 0), length: range.length };
  };
  return {
    dtype,
    tokenCount,
    documentCount,
    tokens,
    documentRange,
    document: async (i) => {
      const { start, length } = await documentRange(i);
      return tokens(start, length);
    },
    verify: async () => {
      for (let i = 0; i < entries.length; i++) await (await shard(i)).verify();
    },
    close: async () => {
      const all = await Promise.allSettled(opened.values());
      opened.clear();
      for (const result of all) if (result.status === "fulfilled") await result.value.close();
    },
  };
};
