import { memory, tensor, type Tensor } from "@adjoint/core";
import { decode, encode } from "@adjoint/core/safetensors";
import {
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  parseCheckpoint,
} from "@adjoint/recipes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentsOf, sampleState } from "./support/states.ts";

const state = sampleState();
const bytes = await encodeCheckpoint(state, { note: 'ünï"code"', seed: "7" });

/** What is wrong with bytes, as text; fails when nothing is. */
const complaint = (file: Uint8Array, like: unknown = state): string => {
  const result = parseCheckpoint(file, like);
  if (result._tag === "Right") throw new Error("the file was taken");
  expect(result.left).toBeInstanceOf(CheckpointError);
  return result.left.message;
};

describe("round trip", () => {
  test("gives back every tensor bit for bit, the structure and the text", async () => {
    const restored = decodeCheckpoint(bytes, state);
    expect(await contentsOf(restored.state)).toEqual(await contentsOf(state));
    expect(restored.state.params.blocks[1]?.b).toBeNull();
    expect(restored.state.optState[1]).toBeNull();
    expect(restored.metadata).toEqual({ note: 'ünï"code"', seed: "7" });
  });

  test("the same state gives the same bytes", async () => {
    expect(await encodeCheckpoint(state, { note: 'ünï"code"', seed: "7" })).toEqual(bytes);
  });

  test("a lone tensor and an empty state are states too", async () => {
    const lone = decodeCheckpoint(await encodeCheckpoint(tensor(5)), tensor(0));
    expect(await lone.state.item()).toBe(5);
    expect(decodeCheckpoint(await encodeCheckpoint({}), {}).state).toEqual({});
  });

  test("other programs read the file, and theirs are read", async () => {
    const { tensors } = decode(bytes);
    expect(await tensors.get("params.blocks[0].w")?.toArray()).toEqual([[1, -0, 3.5]]);
    const foreign = await encode({ w: tensor([1, 2]) }, { by: "another" });
    const restored = decodeCheckpoint(foreign, { w: tensor([0, 0]) });
    expect(await restored.state.w.toArray()).toEqual([1, 2]);
    expect(restored.metadata).toEqual({ by: "another" });
  });

  test.each(["__proto__", "constructor", "prototype", "toString", "a.b", "0", "", 'é"\\'])(
    "a key %j is a key like any other",
    async (key) => {
      const odd = Object.fromEntries([
        [key, { [key]: tensor([1, 2]) }],
        ["rest", tensor(3)],
      ]);
      const { state: back } = decodeCheckpoint(await encodeCheckpoint(odd), odd);
      expect(await contentsOf(back)).toEqual(await contentsOf(odd));
      expect(Object.keys(back).sort()).toEqual([key, "rest"].sort());
      expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
      expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("rest");
    },
  );

  test("text under odd keys comes back, our own entry does not", async () => {
    const metadata = Object.fromEntries([
      ["__proto__", "x"],
      ["toString", "y"],
      ["7", "z"],
    ]);
    const restored = decodeCheckpoint(await encodeCheckpoint({}, metadata), {});
    expect(new Map(Object.entries(restored.metadata))).toEqual(new Map(Object.entries(metadata)));
  });
});

describe("a state that cannot be one", () => {
  test.each([
    [{ step: 3 }, "number at step"],
    [{ a: { f: () => 1 } }, "function at a.f"],
    [{ date: new Date(0) }, "object at date"],
    [{ s: ["x"] }, "string at s[0]"],
  ])("%j holds something else than tensors", async (bad, got) => {
    await expect(encodeCheckpoint(bad)).rejects.toThrow(CheckpointError);
    await expect(encodeCheckpoint(bad)).rejects.toThrow(got);
    expect(() => decodeCheckpoint(bytes, bad)).toThrow(got);
  });

  test("the name that the format keeps for itself", async () => {
    await expect(encodeCheckpoint({ __metadata__: tensor(1) })).rejects.toThrow(
      "a name of its own",
    );
  });
});

describe("a damaged file", () => {
  test("truncated at any length is refused", () => {
    for (let length = 0; length < bytes.length; length++)
      expect(complaint(bytes.slice(0, length))).toContain("the file must be whole and unchanged");
  });

  test("with bytes added is refused", () => {
    expect(complaint(Uint8Array.of(...bytes, 0))).toContain("whole and unchanged");
  });

  test("with any bit turned is refused", () => {
    const name = new TextEncoder().encode("adjoint.crc32");
    const at = Buffer.from(bytes).indexOf(name) - 1;
    for (let i = 0; i < bytes.length; i++) {
      const bad = bytes.slice();
      bad[i] = (bad[i] ?? 0) ^ (1 << (i % 8));
      // a damaged name of the checksum itself leaves a whole file without checksum
      if (i < at || i > at + name.length + 3) expect(complaint(bad)).toContain("decodeCheckpoint");
    }
  });

  test("of random bytes is refused, never worse", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        complaint(noise);
        const grafted = bytes.slice();
        grafted.set(noise.subarray(0, bytes.length), 8);
        if (noise.some((x, i) => x !== bytes[8 + i])) complaint(grafted);
      }),
      { numRuns: 300 },
    );
  });

  test("a giant header length is refused at once", () => {
    const bad = bytes.slice();
    bad.fill(255, 0, 8);
    expect(complaint(bad)).toContain("the header must lie within the file");
  });

  test("leaves nothing behind", () => {
    const bad = bytes.slice();
    bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1;
    const before = memory();
    complaint(bad);
    expect(memory()).toEqual(before);
  });
});

describe("a checkpoint of another model", () => {
  const model = { a: tensor([1, 2]), b: { c: tensor([[1]]) } };
  const of = (like: unknown) => encodeCheckpoint(model).then((file) => complaint(file, like));

  test("names what is missing", async () => {
    expect(await of({ ...model, d: tensor(1), e: [tensor(1)] })).toContain("missing d, e[0]");
  });

  test("names what is unknown", async () => {
    expect(await of({ a: model.a })).toContain("unknown b.c");
  });

  test("names other shapes and dtypes", async () => {
    const like = { a: tensor([1, 2], { dtype: "int32" }), b: { c: tensor([1]) } };
    const message = await of(like);
    expect(message).toContain("a is float32[2] instead of int32[2]");
    expect(message).toContain("b.c is float32[1,1] instead of float32[1]");
    expect(message).toContain("use the configuration that the checkpoint was made with");
  });

  test("does not list hundreds of names", async () => {
    const many: Record<string, Tensor> = {};
    for (let i = 0; i < 300; i++) many[`w${i}`] = model.a;
    const message = await of({ ...model, ...many });
    expect(message).toContain("and 295 more");
    expect(message.length).toBeLessThan(400);
  });
});
