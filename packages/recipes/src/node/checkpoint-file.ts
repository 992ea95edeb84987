import { readFile } from "node:fs/promises";
import type { Metadata } from "@adjoint/core/safetensors";
import { CheckpointError } from "../checkpoint/checkpoint-error.ts";
import { type Checkpoint, encodeCheckpoint, parseCheckpoint } from "../checkpoint/checkpoint.ts";
import { E, F, TE } from "../internal/fp.ts";
import { writeAtomically } from "@adjoint/core/node";

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

/** Names the file in what went wrong with it. */
const about =
  (operation: string, verb: string, path: string, fix: string) =>
  (cause: unknown): CheckpointError => {
    if (!(cause instanceof CheckpointError))
      return new CheckpointError(
        { operation, rule: `must be able to ${verb} ${path}`, got: messageOf(cause), fix },
        { cause },
      );
    const rule = `${path}: ${cause.rule}`;
    const got = cause.got === undefined ? {} : { got: cause.got };
    return new CheckpointError({ operation, rule, ...got, fix: cause.fix ?? fix }, { cause });
  };

/**
 * As `saveCheckpoint`, as an fp-ts TaskEither, which never rejects.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { writeCheckpoint } from "@adjoint/recipes/node";
 * // a file cannot be a folder
 * const result = await writeCheckpoint("package.json/state.safetensors", { w: tensor([1]) })();
 * result._tag; // => "Left"
 * ```
 */
export const writeCheckpoint = (
  path: string,
  state: unknown,
  metadata: Metadata = {},
): TE.TaskEither<CheckpointError, void> =>
  TE.tryCatch(
    async () => writeAtomically(path, await encodeCheckpoint(state, metadata)),
    about(
      "saveCheckpoint",
      "write",
      path,
      "free some space or choose another folder; the checkpoint before it is untouched",
    ),
  );

/**
 * As `loadCheckpoint`, as an fp-ts TaskEither, which never rejects.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { readCheckpoint } from "@adjoint/recipes/node";
 * const result = await readCheckpoint("nowhere.safetensors", { w: tensor([1]) })();
 * result._tag; // => "Left"
 * ```
 */
export const readCheckpoint = <T>(
  path: string,
  like: T,
): TE.TaskEither<CheckpointError, Checkpoint<T>> => {
  const explain = about("loadCheckpoint", "read", path, "check the path");
  return F.pipe(
    TE.tryCatch(() => readFile(path), explain),
    TE.chainEitherK((bytes) => F.pipe(parseCheckpoint(bytes, like), E.mapLeft(explain))),
  );
};

const orThrow = async <A>(task: TE.TaskEither<CheckpointError, A>): Promise<A> => {
  const result = await task();
  if (E.isLeft(result)) throw result.left;
  return result.right;
};

/**
 * Writes a state to a safetensors file, atomically: after a crash, a kill or on a full disk the file before it is
 * intact. Makes the folder when there is none. Rejects with CheckpointError.
 *
 * ```ts doctest
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { tensor } from "@adjoint/core";
 * import { loadCheckpoint, saveCheckpoint } from "@adjoint/recipes/node";
 * const path = join(await mkdtemp(join(tmpdir(), "adjoint-")), "state.safetensors");
 * const state = { w: tensor([1, 2]) };
 * await saveCheckpoint(path, state, { note: "hello" });
 * const restored = await loadCheckpoint(path, state);
 * await restored.state.w.toArray(); // => [1, 2]
 * restored.metadata; // => { note: "hello" }
 * ```
 */
export const saveCheckpoint = (
  path: string,
  state: unknown,
  metadata: Metadata = {},
): Promise<void> => orThrow(writeCheckpoint(path, state, metadata));

/**
 * Reads a state back; `like` is a state of the same model. Rejects with CheckpointError that says what is wrong with
 * the file, or what does not fit.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { loadCheckpoint } from "@adjoint/recipes/node";
 * await loadCheckpoint("nowhere.safetensors", { w: tensor([1]) }); // throws no such file
 * ```
 */
export const loadCheckpoint = <T>(path: string, like: T): Promise<Checkpoint<T>> =>
  orThrow(readCheckpoint(path, like));
