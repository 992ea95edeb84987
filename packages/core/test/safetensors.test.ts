import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { type DType, dtypes, tensor } from "@adjoint/core";
import { type ByteRanges, decode, encode, open, SafetensorsError } from "@adjoint/core/safetensors";

const header = (json: string, data = new Uint8Array()): Uint8Array => {
  const text = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
};

describe("safetensors", () => {
  it.each(dtypes)("keeps %s bit for bit", async (dtype: DType) => {
    const values =
      dtype === "bool" ? [1, 0, 1] : dtype === "uint32" ? [0, 7, 4294967295] : [1, -3, 0];
    const x = tensor(values, { dtype });
    const { tensors } = decode(await encode({ x }));
    expect(tensors.get("x")?.dtype).toBe(dtype);
    expect(await tensors.get("x")?.toArray()).toEqual(await x.toArray());
  });
  it("keeps special halves", async () => {
    const values = [
      6.103515625e-5,
      5.960464477539063e-8,
      65504,
      Infinity,
      -Infinity,
      Number.NaN,
      -0,
      1.0009765625,
    ];
    const { tensors } = decode(await encode({ x: tensor(values, { dtype: "float16" }) }));
    expect(await tensors.get("x")?.toArray()).toEqual(values);
  });
  it("keeps odd names and no prototype", async () => {
    const { tensors } = decode(await encode({ ["__proto__"]: tensor(1), "a.b[0]": tensor([]) }));
    expect([...tensors.keys()]).toEqual(["__proto__", "a.b[0]"]);
    expect(tensors.get("a.b[0]")?.shape).toEqual([0]);
  });
  it("refuses every truncation", async () => {
    const file = await encode({ a: tensor([1, 2, 3]), b: tensor([[4]]) });
    for (let n = 0; n < file.length; n++)
      expect(() => decode(file.subarray(0, n))).toThrow(SafetensorsError);
  });
  it.each([
    ["text", header("{nonsense"), /must be JSON/],
    ["an array", header("[]"), /JSON object/],
    ["a huge header", new Uint8Array([255, 255, 255, 255, 255, 255, 0, 0]), /within the file/],
    [
      "an unknown dtype",
      header('{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}', new Uint8Array(1)),
      /dtype of "a"/,
    ],
    [
      "a negative size",
      header('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', new Uint8Array(4)),
      /needs dtype/,
    ],
    [
      "wrong offsets",
      header('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', new Uint8Array(4)),
      /fill its offsets/,
    ],
    [
      "an overlap",
      header(
        '{"a":{"dtype":"U32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U32","shape":[1],"data_offsets":[0,4]}}',
        new Uint8Array(4),
      ),
      /holes or overlaps/,
    ],
    ["trailing bytes", header("{}", new Uint8Array(3)), /must end/],
  ])("refuses %s", (_name, file, message) => {
    expect(() => decode(file)).toThrow(message);
    expect(() => decode(file)).toThrow(SafetensorsError);
  });
  it("never fails in another way on random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SafetensorsError);
        }
      }),
    );
  });
});

const entry = (
  dtype: string,
  shape: readonly number[],
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array =>
  header(JSON.stringify({ x: { dtype, shape, data_offsets: [0, bytes.length] } }), bytes);

describe("element types without a dtype of their own", () => {
  it.each([
    ["I64", new Uint8Array(BigInt64Array.of(5n, -7n).buffer), [5, -7]],
    ["I16", new Uint8Array(Int16Array.of(5, -7).buffer), [5, -7]],
    ["U16", new Uint8Array(Uint16Array.of(5, 65535).buffer), [5, 65535]],
    ["I8", new Uint8Array(Int8Array.of(5, -7).buffer), [5, -7]],
    ["U8", Uint8Array.of(5, 255), [5, 255]],
  ] as const)("%s becomes int32", async (type, bytes, values) => {
    const x = decode(entry(type, [2], bytes)).tensors.get("x");
    expect(x?.dtype).toBe("int32");
    expect(await x?.toArray()).toEqual(values);
  });
  it("refuses 64-bit integers that do not fit", () => {
    const bytes = new Uint8Array(BigInt64Array.of(2n ** 31n).buffer);
    expect(() => decode(entry("I64", [1], bytes))).toThrow(/fit into int32.*2147483648/);
  });
});

describe("a file that is opened", () => {
  const ranges = (bytes: Uint8Array): ByteRanges & { readonly reads: [number, number][] } => {
    const reads: [number, number][] = [];
    const read = async (start: number, end: number): Promise<Uint8Array> => {
      reads.push([start, end]);
      return bytes.subarray(start, end);
    };
    return { size: bytes.length, read, reads };
  };

  it("reads its header, and each tensor when it is asked for", async () => {
    const bytes = await encode({ a: tensor([1, 2]), b: tensor([[3]], { dtype: "float16" }) });
    const source = ranges(bytes);
    const file = await open(source);
    expect([...file.tensors]).toEqual([
      ["a", { dtype: "float32", shape: [2] }],
      ["b", { dtype: "float16", shape: [1, 1] }],
    ]);
    expect(Math.max(...source.reads.map(([, end]) => end))).toBe(bytes.length - 10);
    expect((await file.read("b")).data).toEqual(Float32Array.of(3));
    expect(source.reads.at(-1)).toEqual([bytes.length - 2, bytes.length]);
    await expect(file.read("c")).rejects.toThrow(SafetensorsError);
  });
  it("refuses what `decode` refuses", async () => {
    const bytes = await encode({ a: tensor([1, 2]) });
    for (let length = 0; length < bytes.length; length++)
      await expect(open(ranges(bytes.subarray(0, length)))).rejects.toThrow(SafetensorsError);
  });
  it("says when bytes do not come", async () => {
    const bytes = await encode({ a: tensor([1, 2]) });
    const file = await open({
      ...ranges(bytes),
      read: async (s, e) => bytes.subarray(s, e === bytes.length ? e - 1 : e),
    });
    await expect(file.read("a")).rejects.toThrow(/all bytes of "a" must come, got 7 of 8/);
  });
});
