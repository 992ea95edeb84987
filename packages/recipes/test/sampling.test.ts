import {
  ArgumentError,
  jit,
  referenceBackend,
  setBackend,
  softmax,
  tensor,
  type Tensor,
} from "@adjoint/core";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { key, split } from "@adjoint/core/random";
import { checkSampling, filterLogits, sampleLogits, type SamplingOptions } from "@adjoint/recipes";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plainKept, plainSoftmax } from "./support/plain-sampling.ts";

const rowOf = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
// compiled, as generate does it, so that the engine's own kernels are what is tested
const filtered = (row: readonly number[], options: SamplingOptions): Promise<number[]> =>
  rowOf(jit((x: Tensor) => filterLogits(x, options))(tensor([...row])));

const kept = async (row: readonly number[], options: SamplingOptions): Promise<boolean[]> =>
  (await filtered(row, options)).map((x) => x !== Number.NEGATIVE_INFINITY);

describe.each(["reference", "onnx"])("filterLogits on %s", (engine) => {
  beforeAll(async () =>
    setBackend(engine === "onnx" ? await createOnnxBackend() : referenceBackend),
  );
  afterAll(() => setBackend(referenceBackend));

  test("agrees with a plain computation", async () => {
    const logits = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 12 });
    const options = fc.record(
      {
        temperature: fc.constantFrom(0, 0.5, 1, 2),
        topK: fc.integer({ min: 1, max: 14 }),
        topP: fc.constantFrom(0.013, 0.2, 0.517, 0.9, 0.987, 1),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(logits, options, async (tenths, chosen) => {
        const row = tenths.map((x) => x / 10);
        expect(await kept(row, chosen)).toEqual(plainKept(row, chosen));
        const values = await filtered(row, chosen);
        const { temperature = 1 } = chosen;
        values.forEach((x, i) => {
          if (x !== Number.NEGATIVE_INFINITY)
            expect(x).toBeCloseTo((row[i] ?? 0) / (temperature === 0 ? 1 : temperature), 4);
        });
        const probabilities = await rowOf(softmax(tensor(values)));
        expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      }),
      { numRuns: engine === "onnx" ? 40 : 200 },
    );
  });

  test("topK keeps what ties with the last one", async () => {
    expect(await kept([3, 1, 2, 2], { topK: 2 })).toEqual([true, false, true, true]);
    expect(await kept([3, 1, 2, 2], { topK: 1 })).toEqual([true, false, false, false]);
    expect(await kept([3, 1], { topK: 99 })).toEqual([true, true]);
  });

  test("topP keeps the fewest that reach it, and at least one", async () => {
    const row = [0.5, 0.25, 0.15, 0.1].map(Math.log);
    expect(await kept(row, { topP: 0.49 })).toEqual([true, false, false, false]);
    expect(await kept(row, { topP: 0.7 })).toEqual([true, true, false, false]);
    expect(await kept(row, { topP: 0.85 })).toEqual([true, true, true, false]);
    expect(await kept(row, { topP: 1 })).toEqual([true, true, true, true]);
    expect(await kept(row, { topP: 1e-30 })).toEqual([true, false, false, false]);
    expect(await kept([1, 1, 1], { topP: 0.1 })).toEqual([true, true, true]);
  });

  test("topP counts among what topK and the temperature left", async () => {
    const row = [0.4, 0.3, 0.2, 0.1].map(Math.log);
    // of the two best, the first has 4/7
    expect(await kept(row, { topK: 2, topP: 0.57 })).toEqual([true, false, false, false]);
    expect(await kept(row, { topP: 0.57 })).toEqual([true, true, false, false]);
    expect(await kept(row, { temperature: 0.1, topP: 0.57 })).toEqual([true, false, false, false]);
  });

  test("rows of a batch do not mix, masked tokens stay out", async () => {
    const none = Number.NEGATIVE_INFINITY;
    const x = filterLogits(
      tensor([
        [1, 2, none],
        [5, 4, 3],
      ]),
      { topK: 2, topP: 0.999 },
    );
    expect(await x.toArray()).toEqual([
      [1, 2, none],
      [5, 4, none],
    ]);
  });
});

describe("sampleLogits", () => {
  test("temperature 0 is greedy, whatever the key", async () => {
    const logits = tensor([
      [0, 3, 1],
      [9, 3, 1],
    ]);
    for (const seed of [0, 1, 2])
      expect(await sampleLogits(key(seed), logits, { temperature: 0 }).toArray()).toEqual([1, 0]);
    expect(sampleLogits(key(0), logits, { temperature: 0 }).dtype).toBe("int32");
  });

  test("draws each token as often as its probability says", async () => {
    const row = [1, 0, -1, 0.5];
    const options = { temperature: 0.7, topK: 3 };
    const n = 4000;
    const many = tensor(Array.from({ length: n }, () => row));
    const draws = await rowOf(jit((k: Tensor) => sampleLogits(k, many, options))(key(5)));
    const allowed = plainKept(row, options);
    const expected = plainSoftmax(
      row.map((x, i) => (allowed[i] ? x / 0.7 : Number.NEGATIVE_INFINITY)),
    );
    expected.forEach((p, token) => {
      const share = draws.filter((d) => d === token).length / n;
      expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n) + 1e-12);
    });
  });

  test("the same key draws the same, another one does not", async () => {
    const logits = tensor(Array.from({ length: 50 }, () => [0, 0, 0, 0]));
    const [a, b] = [split(key(1)).slice([0, 0], [1, 2]).reshape([2]), key(9)];
    const first = await rowOf(sampleLogits(a, logits));
    expect(await rowOf(sampleLogits(a, logits))).toEqual(first);
    expect(await rowOf(sampleLogits(b, logits))).not.toEqual(first);
  });
});

test.each([
  { temperature: -1 },
  { temperature: Number.NaN },
  { temperature: Number.POSITIVE_INFINITY },
  { topK: 0 },
  { topK: 1.5 },
  { topP: 0 },
  { topP: 1.01 },
  { topP: Number.NaN },
])("%j is refused", (options) => {
  expect(() => checkSampling(options)).toThrow(ArgumentError);
  expect(() => filterLogits(tensor([1, 2]), options)).toThrow("sampling: needs temperature >= 0");
});
