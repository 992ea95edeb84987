import type { Tensor } from "@adjoint/core";
import { decode, encode, type Metadata, SafetensorsError } from "@adjoint/core/safetensors";
import { flatten, leaves, type MapLeaves, paths, unflatten } from "@adjoint/core/tree";
import { CheckpointError } from "./checkpoint-error.ts";
import { isTensor, trusted } from "./internal/trusted.ts";

/** A state read back, with the text stored beside it. */
export type Checkpoint<T> = { readonly state: MapLeaves<T, Tensor>; readonly metadata: Metadata };

const tensorsOf = (state: unknown): readonly (readonly [string, Tensor])[] => {
  const names = paths(state);
  return leaves(state).map((leaf, i) => {
    const name = names[i] ?? "";
    if (isTensor(leaf)) return [name === "" ? "value" : name, leaf] as const;
    throw new CheckpointError({
      operation: "encodeCheckpoint",
      rule: "a state holds tensors only",
      got: `${typeof leaf} at ${name}`,
      fix: "keep plain values in the metadata",
    });
  });
};

/**
 * Bytes of a checkpoint: every tensor of a state tree under its path, as a safetensors file.
 * Metadata is free text (configuration, tokenizer, …). Throws CheckpointError for leaves that are not tensors.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { decodeCheckpoint, encodeCheckpoint } from "@adjoint/recipes";
 * const state = { params: { w: tensor([1, 2]) }, step: tensor(7) };
 * const bytes = await encodeCheckpoint(state, { note: "hello" });
 * const restored = decodeCheckpoint(bytes, state);
 * await restored.state.params.w.toArray(); // => [1, 2]
 * restored.metadata.note; // => "hello"
 * ```
 */
export const encodeCheckpoint = (state: unknown, metadata: Metadata = {}): Promise<Uint8Array> =>
  encode(Object.fromEntries(tensorsOf(state)), metadata);

const typeOf = (x: Tensor): string => `${x.dtype}[${x.shape.join(",")}]`;

const listed = (names: readonly string[]): string =>
  names.length <= 5
    ? names.join(", ")
    : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;

const differences = (
  found: ReadonlyMap<string, Tensor>,
  wanted: ReadonlyMap<string, Tensor>,
): readonly string[] => {
  const missing = [...wanted.keys()].filter((name) => !found.has(name));
  const extra = [...found.keys()].filter((name) => !wanted.has(name));
  const changed = [...wanted].flatMap(([name, x]) => {
    const y = found.get(name);
    return y === undefined || typeOf(x) === typeOf(y)
      ? []
      : [`${name} is ${typeOf(y)} instead of ${typeOf(x)}`];
  });
  return [
    ...(missing.length === 0 ? [] : [`missing ${listed(missing)}`]),
    ...(extra.length === 0 ? [] : [`unknown ${listed(extra)}`]),
    ...(changed.length === 0 ? [] : [listed(changed)]),
  ];
};

const readFile = (bytes: Uint8Array) => {
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new CheckpointError(
      {
        operation: "decodeCheckpoint",
        rule: "the file must be a whole safetensors file",
        got: error.rule,
        fix: "load the checkpoint before it",
      },
      { cause: error },
    );
  }
};

/**
 * State and metadata from the bytes of a checkpoint; `like` is a state of the same model, whose structure, shapes
 * and dtypes the file must have. Throws CheckpointError naming what is missing, unknown or different.
 */
export const decodeCheckpoint = <T>(bytes: Uint8Array, like: T): Checkpoint<T> => {
  const { tensors, metadata } = readFile(bytes);
  const wanted = new Map(tensorsOf(like));
  const problems = differences(tensors, wanted);
  if (problems.length > 0)
    throw new CheckpointError({
      operation: "decodeCheckpoint",
      rule: "the checkpoint must hold the tensors of this model",
      got: problems.join("; "),
      fix: "use the configuration that the checkpoint was made with",
    });
  const ordered = [...wanted.keys()].map((name) => tensors.get(name));
  return { state: trusted(unflatten(flatten(like).structure, ordered)), metadata };
};
