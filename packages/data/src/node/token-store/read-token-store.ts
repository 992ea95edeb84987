import { join } from "node:path";
import { SourceError } from "../../errors.ts";
import { openRawTokens } from "../../tokens/open-raw-tokens.ts";
import { openTokenStore } from "../../tokens/open-token-store.ts";
import type { TokenDType } from "../../tokens/token-dtype.ts";
import type { TokenStore } from "../../tokens/token-store.ts";
import { openFile } from "./open-file.ts";
import { readManifest } from "./write-manifest.ts";

/**
 * The store in a folder, its finished shards: nothing is loaded, every call reads what it needs at its place. Rejects
 * with SourceError where there is no manifest, DataError for a bad one.
 */
export const readTokenStore = async (folder: string): Promise<TokenStore> => {
  const manifest = await readManifest(folder);
  if (manifest !== undefined)
    return openTokenStore(manifest, (file) => openFile(join(folder, file)));
  throw new SourceError({
    operation: "readTokenStore",
    rule: `${folder} must have a manifest.json`,
    fix: "write one with openTokenWriter",
  });
};

/**
 * The tokens of a file without a header, such as nanoGPT's `train.bin`, as one document. Rejects with SourceError when
 * it cannot be read, DataError for half a token at its end.
 */
export const readRawTokens = async (
  path: string,
  dtype: TokenDType = "uint16",
): Promise<TokenStore> => {
  const bytes = await openFile(path);
  return openRawTokens(bytes, dtype).catch(async (error: unknown) => {
    await bytes.close?.();
    throw error;
  });
};
