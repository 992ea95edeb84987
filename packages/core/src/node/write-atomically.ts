import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const draftEnd = ".partial";

/** A draft that nothing was added to for this long belongs to a process that was killed. */
const abandonedAfter = 10 * 60_000;

const writeDraft = async (draft: string, bytes: Uint8Array): Promise<void> => {
  const file = await open(draft, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync(); // else a power cut after the rename could leave an empty file
  } finally {
    await file.close();
  }
};

/** Makes what was renamed in a folder durable; where folders cannot be opened, renames are so by themselves. */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
};

/** Removes what earlier processes left when they were killed while writing to the same target. */
const removeAbandoned = async (folder: string, start: string): Promise<void> => {
  const names = await readdir(folder).catch(() => []);
  const drafts = names.filter((name) => name.startsWith(start) && name.endsWith(draftEnd));
  for (const path of drafts.map((name) => join(folder, name))) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < abandonedAfter) continue;
    await rm(path, { force: true });
  }
};

/**
 * Writes beside the target, forces it to disk, then renames: readers see the old file or the new one, never a part.
 * Any number of writers may do so at once; the last rename wins. Rejects with what the file system says.
 */
export const writeAtomically = async (path: string, bytes: Uint8Array): Promise<void> => {
  const folder = dirname(path);
  const start = `.${basename(path)}.`;
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder, start);
  const draft = join(folder, `${start}${randomUUID()}${draftEnd}`);
  try {
    await writeDraft(draft, bytes);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(folder);
};
