import type { Tensor } from "@adjoint/core";
import { decode, encode, type Metadata, SafetensorsError } from "@adjoint/core/safetensors";
import { type MapLeaves, structure, unflatten } from "@adjoint/core/tree";
import { E } from "../internal/fp.ts";
import { trusted } from "../internal/trusted.ts";
import { CheckpointError } from "./checkpoint-error.ts";
import { differences, namedTensors } from "./named-tensors.ts";
import { isIntact, seal, withoutSeal, withSeal } from "./seal.ts";

/** A state read back, with the text stored beside it. */
export type Checkpoint<T> = { readonly state: MapLeaves<T, Tensor>; readonly metadata: Metadata };

/**
 * Bytes of a checkpoint: every tensor of a state tree under its path, as a safetensors file with a checksum.
 * Metadata is free text (configuration, tokenizer, …). Rejects with CheckpointError for leaves that are not tensors.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { decodeCheckpoint, encodeCheckpoint } from "@adjoint/recipes";
 * const state = { params: { w: tensor([1, 2]) }, step: tensor(7) };
 * const bytes = await encodeCheckpoint(state, { note: "hello" });
 * const restored = decodeCheckpoint(bytes, state);
 * await restored.state.params.w.toArray(); // => [1, 2]
 * restored.metadata; // => { note: "hello" }
 * ```
 */
export const encodeCheckpoint = async (
  state: unknown,
  metadata: Metadata = {},
): Promise<Uint8Array> =>
  seal(await encode(Object.fromEntries(namedTensors(state)), withSeal(metadata)));

const complaint = (rule: string, got: string, fix: string, cause?: unknown): CheckpointError =>
  new CheckpointError({ operation: "decodeCheckpoint", rule, got, fix }, { cause });

const damaged = (got: string, cause?: unknown): CheckpointError =>
  complaint("the file must be whole and unchanged", got, "load another copy", cause);

const readTensors = (bytes: Uint8Array) => {
  try {
    return decode(bytes);
  } catch (error) {
    throw error instanceof SafetensorsError
      ? damaged(`${error.rule}: ${error.got ?? "no"}`, error)
      : error;
  }
};

/** What is wrong with the tensors of a file. */
const problemOf = (
  bytes: Uint8Array,
  found: ReadonlyMap<string, Tensor>,
  wanted: ReadonlyMap<string, Tensor>,
): CheckpointError | undefined => {
  if (!isIntact(bytes)) return damaged("another checksum than the one it was written with");
  const problems = differences(found, wanted);
  if (problems.length === 0) return undefined;
  return complaint(
    "the checkpoint must hold the tensors of this model",
    problems.join("; "),
    "use the configuration that the checkpoint was made with",
  );
};

/**
 * State and metadata from the bytes of a checkpoint; `like` is a state of the same model, whose structure, shapes
 * and dtypes the file must have. Throws CheckpointError for a damaged file, and for one of another model, naming what
 * is missing, unknown or different.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { decodeCheckpoint, encodeCheckpoint } from "@adjoint/recipes";
 * const bytes = await encodeCheckpoint({ w: tensor([1, 2]) });
 * decodeCheckpoint(bytes, { w: tensor([1, 2, 3]) }); // throws w is float32[2] instead of float32[3]
 * ```
 */
export const decodeCheckpoint = <T>(bytes: Uint8Array, like: T): Checkpoint<T> => {
  const wanted = namedTensors(like);
  const { tensors, metadata } = readTensors(bytes);
  const problem = problemOf(bytes, tensors, wanted);
  if (problem !== undefined) {
    for (const tensor of tensors.values()) tensor.dispose();
    throw problem;
  }
  const ordered = [...wanted.keys()].map((name) => tensors.get(name));
  return {
    state: trusted(unflatten(structure(like), ordered)),
    metadata: withoutSeal(metadata),
  };
};

/**
 * As `decodeCheckpoint`, with what is wrong as a value: an fp-ts Either.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { encodeCheckpoint, parseCheckpoint } from "@adjoint/recipes";
 * const like = { w: tensor([1, 2]) };
 * const bytes = await encodeCheckpoint(like);
 * parseCheckpoint(bytes, like)._tag; // => "Right"
 * parseCheckpoint(bytes.slice(0, -1), like)._tag; // => "Left"
 * ```
 */
export const parseCheckpoint = <T>(
  bytes: Uint8Array,
  like: T,
): E.Either<CheckpointError, Checkpoint<T>> => {
  try {
    return E.right(decodeCheckpoint(bytes, like));
  } catch (error) {
    if (error instanceof CheckpointError) return E.left(error);
    throw error;
  }
};
