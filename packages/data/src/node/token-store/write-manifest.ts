import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, syncFolder } from "@adjoint/core/node";
import { SourceError } from "../../errors.ts";
import { parseManifest, type TokenManifest } from "../../tokens/token-manifest.ts";

const manifestName = "manifest.json";

/** The manifest in the text of its file; throws DataError for a bad one. */
const manifestIn = (text: string, path: string): TokenManifest => {
  const manifest = parseManifest(text, path);
  if (manifest._tag === "Left") throw manifest.left;
  return manifest.right;
};

/**
 * The manifest of a folder, or undefined when there is none. Rejects with DataError for a bad one, with SourceError when
 * it cannot be read.
 */
export const readManifest = async (folder: string): Promise<TokenManifest | undefined> => {
  const path = join(folder, manifestName);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    if (errorCode(cause) === "ENOENT") return undefined;
    throw new SourceError(
      { operation: "tokenStore", rule: `must be able to read ${path}`, got: String(cause) },
      { cause },
    );
  });
  return text === undefined ? undefined : manifestIn(text, path);
};

/**
 * Replaces the manifest of a folder: readers see the old one or the new one, whatever happens. There is one writer, so that the draft
 * has one name, and what a killed one left is written over. Rejects with DataError, and changes nothing, when nobody could read it.
 */
export const writeManifest = async (folder: string, manifest: TokenManifest): Promise<void> => {
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  manifestIn(text, join(folder, manifestName));
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${manifestName}.partial`);
  const file = await open(draft, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, manifestName));
  await syncFolder(folder);
};
