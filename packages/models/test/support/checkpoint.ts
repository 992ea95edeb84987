import { readFileSync } from "node:fs";
import { decode, decodeArrays } from "@adjoint/core/safetensors";
import type { HostArray } from "@adjoint/core/backend";
import type { Tensor } from "@adjoint/core";
import type { WeightSource } from "@adjoint/models";
import { expect } from "vitest";

const bytesOf = (name: string, file: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}/${file}`, import.meta.url)));

/** A checkpoint of the fixtures: config.json, the stored arrays, and what transformers computes from them. */
export type Checkpoint = {
  readonly config: Readonly<Record<string, unknown>>;
  readonly source: WeightSource;
  readonly arrays: ReadonlyMap<string, HostArray>;
  /** On the current backend. */
  readonly expected: (name: string) => Tensor;
  readonly gradients: readonly string[];
};

/** Stored arrays as something to load from. */
export const sourceOf = (arrays: ReadonlyMap<string, HostArray>): WeightSource => ({
  tensors: arrays,
  read: async (name) => arrays.get(name)!,
});

/** Reads a checkpoint of the fixtures. */
export const checkpoint = (name: string): Checkpoint => {
  const { tensors: arrays } = decodeArrays(bytesOf(name, "model.safetensors"));
  const expected = decodeArrays(bytesOf(name, "expected.safetensors")).tensors;
  return {
    get config() {
      const text = new TextDecoder().decode(bytesOf(name, "config.json"));
      return JSON.parse(text) as Readonly<Record<string, unknown>>;
    },
    arrays,
    source: sourceOf(arrays),
    expected: (key) => decode(bytesOf(name, "expected.safetensors")).tensors.get(key)!,
    gradients: [...expected.keys()]
      .filter((key) => key.startsWith("grad."))
      .map((key) => key.slice("grad.".length)),
  };
};

/** Whether numbers are within 1e-4 of those of a tensor, relative to its largest. */
export const expectNear = (
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  what: string,
  tolerance = 1e-4,
): void => {
  expect(got.length, what).toBe(want.length);
  const largest = Array.from(want).reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  const worst = Array.from(want).reduce(
    (m, x, i) => Math.max(m, Math.abs(x - (got[i] ?? Number.NaN))),
    0,
  );
  if (!(worst <= tolerance * Math.max(largest, 1e-3)))
    expect.fail(`${what}: ${worst} apart, the largest is ${largest}`);
};
