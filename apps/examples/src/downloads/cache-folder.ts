import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const cacheFolder = (): string =>
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "adjoint", "corpora");

/**
 * The folder `name` in the user's cache. When it is not there yet, `fill` gets a draft folder and returns the part of it
 * to keep; it gets its name once it is complete.
 */
export const cached = async (
  name: string,
  fill: (draft: string) => Promise<string>,
): Promise<string> => {
  const cache = cacheFolder();
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, "partial-"));
  try {
    await rename(await fill(draft), folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
};
