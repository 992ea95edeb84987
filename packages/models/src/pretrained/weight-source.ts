import type { HostArray } from "@adjoint/core/backend";

/** Stored arrays by name, read one by one: a safetensors or GGUF file, or several. */
export type WeightSource = {
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readonly read: (name: string) => Promise<HostArray>;
};

/** Several sources as one; a name that two of them have is read from the first. */
export const joinSources = (sources: readonly WeightSource[]): WeightSource => {
  const owners = new Map<string, WeightSource>();
  for (const source of sources)
    for (const name of source.tensors.keys()) if (!owners.has(name)) owners.set(name, source);
  return {
    tensors: new Map(
      [...owners].map(([name, source]) => [name, source.tensors.get(name) ?? { shape: [] }]),
    ),
    read: (name) => {
      const owner = owners.get(name);
      return owner === undefined
        ? Promise.reject(new RangeError(`no array "${name}"`))
        : owner.read(name);
    },
  };
};

/** A source whose arrays have other names; of two that get the same name the first is there. */
export const renameSource = (
  source: WeightSource,
  rename: (name: string) => string,
): WeightSource => {
  const originals = new Map<string, string>();
  for (const name of source.tensors.keys()) {
    const now = rename(name);
    if (!originals.has(now)) originals.set(now, name);
  }
  return {
    tensors: new Map(
      [...originals].map(([now, name]) => [now, source.tensors.get(name) ?? { shape: [] }]),
    ),
    read: (name) => source.read(originals.get(name) ?? name),
  };
};
