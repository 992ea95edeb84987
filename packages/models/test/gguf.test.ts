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

/** Bytes of a file of float32 tensors of 8 elements at these offsets, whose elements count from 0 on. */
const fileOf = (offsets: readonly number[], { alignment = 32, bytes = 96 } = {}): Uint8Array => {
  const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);
  const u64 = (n: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(n)).buffer);
  const text = (s: string): Uint8Array[] => [u64(s.length), new TextEncoder().encode(s)];
  const header = [
    ...[u32(0x46554747), u32(3), u64(offsets.length), u64(1)],
    ...[...text("general.alignment"), u32(4), u32(alignment)],
    ...offsets.flatMap((at, i) => [...text(`t${i}`), u32(1), u64(8), u32(0), u64(at)]),
  ].flatMap((part) => [...part]);
  while (header.length % alignment !== 0) header.push(0);
  const data = Float32Array.from({ length: bytes / 4 }, (_, i) => i);
  return Uint8Array.of(...header, ...new Uint8Array(data.buffer));
};

type Settings = NonNullable<Parameters<typeof fileOf>[1]>;

describe("offsets", () => {
  it.each<readonly [readonly number[], Settings]>([
    [[0, 32], {}],
    [[32, 0], {}],
    [[0, 64], {}],
    [[0, 40], { alignment: 8 }],
    [[0, 64], { alignment: 64 }],
  ])("%o %o are where tensors are", async (offsets, settings) => {
    const opened = await openGguf(sourceOf(fileOf(offsets, settings)));
    for (const [i, at] of offsets.entries())
      expect((await opened.read(`t${i}`)).data[0]).toBe(at / 4);
  });

  it.each([
    [
      [0, 0],
      {},
      /each byte belongs to one tensor, got "t1" from byte 128 on, where "t0" .* 160; the file is damaged/,
    ],
    [[0, 24], { alignment: 8 }, /each byte belongs to one tensor/],
    [[40, 64, 0], { alignment: 8 }, /each byte belongs to one tensor, got "t1"/],
    [[0, 4], {}, /the offset of "t1" must be a multiple of the alignment 32, got 4/],
    [[0, 33], {}, /multiple of the alignment 32, got 33/],
    [[0, 96], {}, /data of "t1" must lie within the file/],
    [[0, 2 ** 60], {}, /data of "t1" must lie within the file/],
    [[0, 33], { alignment: 3 }, /general\.alignment must be a power of two of at least 8, got 3/],
    [[0, 48], { alignment: 24 }, /power of two of at least 8, got 24/],
    [[0, 32], { alignment: 4 }, /power of two of at least 8, got 4/],
  ] as const)("%o %o are refused", async (offsets, settings, message) => {
    const opened = openGguf(sourceOf(fileOf(offsets, settings)));
    await expect(opened).rejects.toThrow(GgufError);
    await expect(opened).rejects.toThrow(message);
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
