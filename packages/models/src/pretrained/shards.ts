import type { HostArray } from "@adjoint/core/backend";
import { encodeArrays } from "@adjoint/core/safetensors";

/** Settings of `shardFiles`. */
export type ShardOptions = {
  /** Bytes of one file at most, unless one array is larger; default 5 GB, as in transformers. */
  readonly maxShardBytes?: number;
};

type Group = readonly (readonly [string, HostArray])[];

const bytesOf = ({ data, dtype }: HostArray): number =>
  dtype === "float16" || dtype === "bfloat16" ? 2 * data.length : data.byteLength;

const groupsOf = (arrays: ReadonlyMap<string, HostArray>, most: number): readonly Group[] => {
  const groups: [string, HostArray][][] = [[]];
  let filled = 0;
  for (const entry of arrays) {
    const bytes = bytesOf(entry[1]);
    if (filled > 0 && filled + bytes > most) {
      groups.push([]);
      filled = 0;
    }
    groups.at(-1)?.push(entry);
    filled += bytes;
  }
  return groups;
};

const number = (n: number): string => String(n).padStart(5, "0");

/**
 * Arrays as the files of a checkpoint, one by one: `model.safetensors`, or shards and at last their index, which transformers and
 * `openWeights` read.
 */
export function* shardFiles(
  arrays: ReadonlyMap<string, HostArray>,
  { maxShardBytes = 5e9 }: ShardOptions = {},
): Generator<readonly [name: string, bytes: Uint8Array], void, undefined> {
  const groups = groupsOf(arrays, maxShardBytes);
  const metadata = { format: "pt" };
  if (groups.length === 1) {
    yield ["model.safetensors", encodeArrays(arrays, metadata)];
    return;
  }
  const files: [string, string][] = [];
  for (const [i, group] of groups.entries()) {
    const name = `model-${number(i + 1)}-of-${number(groups.length)}.safetensors`;
    files.push(...group.map(([key]): [string, string] => [key, name]));
    yield [name, encodeArrays(new Map(group), metadata)];
  }
  const total = [...arrays.values()].reduce((sum, array) => sum + bytesOf(array), 0);
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(files) };
  yield ["model.safetensors.index.json", new TextEncoder().encode(JSON.stringify(index, null, 2))];
}
