import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { either as E, function as F, taskEither as TE } from "fp-ts";
import type { Metadata } from "@adjoint/core/safetensors";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../checkpoint.ts";
import { CheckpointError } from "../checkpoint-error.ts";

const failed =
  (operation: string, path: string, fix: string) =>
  (cause: unknown): CheckpointError =>
    cause instanceof CheckpointError
      ? cause
      : new CheckpointError(
          { operation, rule: `${path} could not be used`, got: String(cause), fix },
          { cause },
        );

/** Writes beside the target, forces it to disk, then renames: readers see the old file or the new one, never a part. */
const writeAtomically = async (path: string, bytes: Uint8Array): Promise<void> => {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${process.pid}-${Date.now()}.partial`);
  try {
    const file = await open(draft, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

/** Makes a rename durable; folders cannot be opened on some systems, where the rename is durable by itself. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
};

/** As `saveCheckpoint`, as an fp-ts TaskEither that never rejects. */
export const writeCheckpoint = (
  path: string,
  state: unknown,
  metadata: Metadata = {},
): TE.TaskEither<CheckpointError, void> =>
  TE.tryCatch(
    async () => writeAtomically(path, await encodeCheckpoint(state, metadata)),
    failed(
      "saveCheckpoint",
      path,
      "free some space or choose another folder; the previous checkpoint is untouched",
    ),
  );

/** As `loadCheckpoint`, as an fp-ts TaskEither that never rejects. */
export const readCheckpoint = <T>(
  path: string,
  like: T,
): TE.TaskEither<CheckpointError, Checkpoint<T>> =>
  F.pipe(
    TE.tryCatch(() => readFile(path), failed("loadCheckpoint", path, "check the path")),
    TE.chainEitherK((bytes) =>
      E.tryCatch(
        () => decodeCheckpoint(bytes, like),
        failed("loadCheckpoint", path, "check the file"),
      ),
    ),
  );

const orThrow = async <A>(task: TE.TaskEither<CheckpointError, A>): Promise<A> => {
  const result = await task();
  if (E.isLeft(result)) throw result.left;
  return result.right;
};

/**
 * Writes a state to a safetensors file, atomically: after a crash or on a full disk the previous file is intact.
 * Rejects with CheckpointError.
 */
export const saveCheckpoint = (
  path: string,
  state: unknown,
  metadata: Metadata = {},
): Promise<void> => orThrow(writeCheckpoint(path, state, metadata));

/** Reads a state back; `like` is a state of the same model. Rejects with CheckpointError that says what does not fit. */
export const loadCheckpoint = <T>(path: string, like: T): Promise<Checkpoint<T>> =>
  orThrow(readCheckpoint(path, like));
