import { readFileSync } from "node:fs";
import fc from "fast-check";
import { GgufError, openGguf } from "@adjoint/models";
import type { ByteRanges } from "@adjoint/core/safetensors";
import { describe, expect, it } from "vitest";

const fixture = (name: string): URL => new URL(`fixtures/${name}`, import.meta.url);
const file = new Uint8Array(readFileSync(fixture("types.gguf")));

type Expected = {
  readonly shape: readonly number[];
  readonly type: string;
  readonly data: readonly number[];
};
const expected = JSON.parse(readFileSync(fixture("gguf.json"), "utf8")) as Readonly<
  Record<string, Expected>
>;

const sourceOf = (bytes: Uint8Array, size = bytes.length): ByteRanges => ({
  size,
  read: async (start, end) => bytes.slice(start, end),
});

describe("a GGUF file", () => {
  it.each(Object.keys(expected))("%s is what the reference reads", async (name) => {
    const { shape, type, data } = expected[name]!;
    const opened = await openGguf(sourceOf(file));
    expect(opened.tensors.get(name)).toEqual({ shape, type });
    const array = await opened.read(name);
    expect([array.shape, array.dtype]).toEqual([shape, "float32"]);
    expect([...array.data]).toEqual(data.map(Math.fround));
  });

  it("says what it is", async () => {
    const { metadata } = await openGguf(sourceOf(file));
    expect(Object.fromEntries(metadata)).toMatchObject({
      "general.architecture": "llama",
      "llama.block_count": 2,
      "test.wide": 2 ** 40 + 3,
      "test.small": -3,
      "test.double": 0.1,
      "test.float": 0.5,
      "test.yes": true,
      "test.text": "naïve 🙂",
      "test.tokens": ["a", "__proto__", "c"],
      "test.numbers": [1, -2, 3],
    });
  });

  it("is read in part", async () => {
    const reads: number[] = [];
    const opened = await openGguf({
      size: file.length,
      read: async (start, end) => {
        reads.push(end - start);
        return file.slice(start, end);
      },
    });
    reads.length = 0;
    await opened.read("q8_0");
    expect(reads).toEqual([3 * 34]);
    await expect(opened.read("none")).rejects.toThrow(GgufError);
  });
});

describe("what is no GGUF file", () => {
  it("is refused at every length", async () => {
    const end = file.length - 32; // padding may follow the last tensor
    for (let length = 0; length < end; length += 7)
      await expect(openGguf(sourceOf(file.slice(0, length)))).rejects.toThrow(GgufError);
  });

  it("never hangs or takes more than it has, whatever byte is wrong", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const bytes = file.slice();
          for (const [at, value] of changes) bytes[at] = value;
          const opened = await openGguf(sourceOf(bytes)).catch((error: unknown) => error);
          if (opened instanceof Error) expect(opened).toBeInstanceOf(GgufError);
          const { tensors, read } = opened as Awaited<ReturnType<typeof openGguf>>;
          for (const name of tensors?.keys() ?? []) await read(name);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("says where, and what to do", async () => {
    await expect(openGguf(sourceOf(new Uint8Array(100)))).rejects.toThrow(
      /starts with GGUF, got 0x0/,
    );
    const old = file.slice();
    old[4] = 1;
    await expect(openGguf(sourceOf(old))).rejects.toThrow(
      /version must be 2 or 3, got 1; convert it anew/,
    );
    const short = sourceOf(file.slice(0, -500));
    await expect(openGguf(short)).rejects.toThrow(/must lie within the file.*truncated/s);
  });
});
