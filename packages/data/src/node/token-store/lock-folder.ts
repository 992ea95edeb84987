import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { LockedError, type LockHolder, SourceError } from "../../errors.ts";
import { errorCode } from "@adjoint/core/node";
import { processFacts } from "./process-start.ts";

/** What a lock file says: who holds it, when that process was started where the system tells, and which of its locks it is. */
type Claim = LockHolder & { readonly start?: string; readonly token: string };

/** Gives a folder back. */
export type Unlock = () => Promise<void>;

const lockName = ".writer.lock";

/** A file that says nothing whole is one whose writer was killed at it, unless it was made only now. */
const youngest = 10_000;

const isClaim = (value: unknown): value is Claim =>
  typeof value === "object" &&
  value !== null &&
  "pid" in value &&
  typeof value.pid === "number" &&
  Number.isSafeInteger(value.pid) &&
  value.pid > 0 && // 0 and less are groups of processes, which are always there
  "host" in value &&
  typeof value.host === "string" &&
  "since" in value &&
  typeof value.since === "string" &&
  "token" in value &&
  typeof value.token === "string";

const parseClaim = (text: string): Claim | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isClaim(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The text of a lock file; undefined when there is none. */
const readLock = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    const rule = `must be able to read the lock ${path}`;
    const fix = "if no writer has the folder, delete it";
    const got = String(error);
    throw new SourceError({ operation: "openTokenWriter", rule, got, fix }, { cause: error });
  }
};

/** Whether who wrote a lock file is gone. Of other machines nothing is known. */
const isStale = async (path: string, text: string): Promise<boolean> => {
  const claim = parseClaim(text);
  if (claim === undefined) {
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && Date.now() - found.mtimeMs > youngest;
  }
  if (claim.host !== hostname()) return false;
  const { isAlive, start } = await processFacts(claim.pid);
  const isAnother = start !== undefined && claim.start !== undefined && start !== claim.start;
  return !isAlive || isAnother;
};

const locked = (path: string, text: string): LockedError => {
  const claim = parseClaim(text);
  const holder = claim && { pid: claim.pid, host: claim.host, since: claim.since };
  return new LockedError(
    {
      operation: "openTokenWriter",
      rule: "a folder must have one writer at a time",
      got: holder
        ? `one of process ${holder.pid} on ${holder.host}, there since ${holder.since}`
        : "another's lock",
      fix: `close that writer; if there is none any more, delete ${path}`,
    },
    holder,
  );
};

/** Creates a lock file with its text in one step; false when there is one. */
const create = async (draft: string, path: string, text: string): Promise<boolean> => {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
  }
  try {
    await writeFile(path, text, { flag: "wx" }); // a file system without links
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
};

/** Replaces a stale lock. Two that found the same one take turns through a lock of that, and the second looks again. */
const takeOver = async (
  draft: string,
  path: string,
  stale: string,
  depth: number,
): Promise<boolean> => {
  const unlock = await acquire(`${path}.next`, depth + 1);
  try {
    if ((await readLock(path)) !== stale) return false;
    await rename(draft, path);
    return true;
  } finally {
    await unlock();
  }
};

const deepest = 3;

/** Holds the lock file `path`; throws LockedError when another does. */
const acquire = async (path: string, depth: number): Promise<Unlock> => {
  const { start } = await processFacts(process.pid);
  const token = randomUUID();
  const since = new Date().toISOString();
  const claim: Claim = {
    pid: process.pid,
    host: hostname(),
    since,
    token,
    ...(start && { start }),
  };
  const text = `${JSON.stringify(claim)}\n`;
  const draft = `${path}.${token}`;
  await writeFile(draft, text, { flag: "wx" });
  try {
    for (;;) {
      if (await create(draft, path, text)) break;
      const found = await readLock(path);
      if (found === undefined) continue; // given back just now
      if (depth >= deepest || !(await isStale(path, found))) throw locked(path, found);
      if (await takeOver(draft, path, found, depth)) break;
    }
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readLock(path)) === text) await rm(path, { force: true });
  };
};

/**
 * Keeps other writers out of a folder, of this process and of others, until it is unlocked. The lock is a file with the number and the
 * start of this process; that of a process that is gone is taken over. Rejects with LockedError, which says who
 * holds it, and SourceError when the lock cannot be read.
 */
export const lockFolder = (folder: string): Promise<Unlock> => acquire(join(folder, lockName), 0);
