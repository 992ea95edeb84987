import { beforeAll, describe, expect, it } from "vitest";
import type { AttentionDevice } from "../../src/attention/attention-spec.ts";
import { pipelineOf, testDevice, type Words } from "../support/run-kernel.ts";
import { checkCase, expectNear, kernelsOf, runOn, specOf } from "./check-kernels.ts";
import { type Case, operandsOf, reference } from "./reference.ts";

let device: GPUDevice;
let nothing: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
  nothing = await testDevice("null");
});

const profileOf = (isSoftware: boolean, subgroups = true, f16 = false): AttentionDevice => ({
  isSoftware,
  workgroupStorage: 16384,
  subgroups,
  f16,
});

const plain: Case = {
  batch: 2,
  heads: 2,
  kvHeads: 2,
  queryLength: 17,
  keyLength: 17,
  headSize: 8,
  valueSize: 8,
  scale: 0.35,
  causal: false,
  half: false,
};

/** Compiling for the software adapter takes seconds, so a case has several settings. */
const cases: Readonly<Record<string, Case>> = {
  "one of each": {
    ...plain,
    batch: 1,
    heads: 1,
    kvHeads: 1,
    queryLength: 1,
    keyLength: 1,
    headSize: 1,
    valueSize: 1,
  },
  "three features, five values, 65 keys": {
    ...plain,
    queryLength: 3,
    keyLength: 65,
    headSize: 3,
    valueSize: 5,
  },
  "grouped queries, causal, more keys than queries": {
    ...plain,
    heads: 6,
    queryLength: 5,
    keyLength: 41,
    causal: true,
    headSize: 17,
  },
  "causal, fewer keys than queries, one mask": {
    ...plain,
    queryLength: 41,
    keyLength: 9,
    causal: true,
    masked: "rows",
  },
  "a causal window": { ...plain, queryLength: 63, keyLength: 63, causal: true, window: 7 },
  "a window without an end, a bias for every key": {
    ...plain,
    heads: 4,
    kvHeads: 1,
    queryLength: 35,
    keyLength: 70,
    window: 9,
    biased: "keys",
  },
  "everything at once, dropout under two keys": {
    ...plain,
    rate: 0.2,
    groups: 2,
    masked: "whole",
    biased: "whole",
    softcap: 0.8,
    scale: 1.3,
    causal: true,
    window: 20,
    queryLength: 40,
    keyLength: 44,
    heads: 4,
  },
  "wide heads": { ...plain, batch: 1, headSize: 64, valueSize: 96, queryLength: 70, keyLength: 66 },
  "the widest heads": { ...plain, batch: 1, heads: 1, kvHeads: 1, headSize: 256, valueSize: 256 },
};

describe.each([
  ["software adapter", profileOf(true)],
  ["GPU", profileOf(false)],
] as const)("attention on a %s", (_name, profile) => {
  it.each(Object.entries(cases))("%s", (_label, c) => checkCase(device, profile, c));

  it("reads and writes inside packed arrays", async () => {
    const c: Case = { ...plain, heads: 3, kvHeads: 3, causal: true };
    const { heads, queryLength: t, headSize: d } = c;
    const row = 3 * heads * d;
    const inside = (name: string, i: number) =>
      ({ name, offset: i * heads * d, strides: [t * row, d, row, 1] }) as const;
    const joined = { name: "y", offset: 0, strides: [t * heads * d, d, heads * d, 1] } as const;
    const spec = {
      ...specOf(c),
      views: {
        q: inside("qkv", 0),
        k: inside("qkv", 1),
        v: inside("qkv", 2),
        y: joined,
        dy: { ...joined, name: "dy" },
        dq: inside("dqkv", 0),
        dk: inside("dqkv", 1),
        dv: inside("dqkv", 2),
      },
    };
    const operands = operandsOf(c);
    const wanted = reference(c, operands);
    const place = (b: number, h: number, i: number, x: number): number =>
      ((b * heads + h) * t + i) * d + x;
    const pack = (parts: readonly ArrayLike<number>[]): Float64Array => {
      const packed = new Float64Array(parts.length * parts[0]!.length);
      let at = 0;
      for (let b = 0; b < c.batch; b++)
        for (let i = 0; i < t; i++)
          for (const part of parts)
            for (let h = 0; h < heads; h++)
              for (let x = 0; x < d; x++) packed[at++] = part[place(b, h, i, x)]!;
      return packed;
    };
    const arrays: Record<string, Words> = {
      qkv: Float32Array.from(pack([operands.q, operands.k, operands.v])),
      dy: Float32Array.from(pack([operands.dy])),
      y: new Float32Array(wanted.y.length),
      lse: new Float32Array(wanted.lse.length),
      statistics: new Float32Array(2 * wanted.lse.length),
      dqkv: new Float32Array(3 * wanted.dq.length),
    };
    for (const kernel of kernelsOf(spec, profile)) {
      expect(new Set(kernel.operands.map(({ name }) => name)).size).toBe(kernel.operands.length);
      await runOn(device, kernel, arrays);
    }
    expectNear(arrays["y"]!, pack([wanted.y]), "y");
    expectNear(arrays["dqkv"]!, pack([wanted.dq, wanted.dk, wanted.dv]), "dqkv");
  });

  it("is valid in half precision, at every width", async () => {
    for (const headSize of [1, 6, 64, 128, 256]) {
      const c: Case = {
        ...plain,
        headSize,
        valueSize: headSize,
        half: true,
        rate: 0.1,
      };
      for (const kernel of kernelsOf(specOf(c), profile)) await pipelineOf(nothing, kernel);
    }
  });

  it("keeps NaN", async () => {
    const operands = operandsOf(plain);
    operands.q[3] = Number.NaN;
    const n = plain.batch * plain.heads * plain.queryLength;
    const arrays: Record<string, Words> = {
      ...operands,
      y: new Float32Array(n * plain.valueSize),
      lse: new Float32Array(n),
    };
    await runOn(device, kernelsOf(specOf(plain), profile)[0]!, arrays);
    expect([...arrays["y"]!.slice(0, plain.valueSize)].every(Number.isNaN)).toBe(true);
    expect([...arrays["y"]!.slice(plain.valueSize)].some(Number.isNaN)).toBe(false);
  });
});

describe("attention on a software adapter without subgroups", () => {
  it.each(Object.entries(cases).filter(([label]) => /grouped|everything/.test(label)))(
    "%s",
    (_label, c) => checkCase(device, profileOf(true, false), c),
  );
});

it("has no batch too large for a grid", () =>
  checkCase(device, profileOf(true), { ...cases["one of each"]!, batch: 70_000 }));

it("draws bits beyond 2^32 weights with the high word of the counter", async () => {
  const [queryLength, keyLength] = [4, 2 ** 16];
  const code = kernelsOf(
    specOf({ ...plain, batch: 2 ** 15, queryLength, keyLength, rate: 0.5, causal: true }),
    profileOf(false),
  )[0]!;
  expect(code.code).toContain("high_product");
  await pipelineOf(nothing, code);
});
