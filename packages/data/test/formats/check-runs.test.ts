import fc from "fast-check";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { describe, expect, it } from "vitest";
import { checkRuns } from "../../src/formats/internal/check-runs.ts";

type Run = { readonly packed: boolean; readonly values: readonly number[] };

const bytesOfNumber = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...bytesOfNumber(value >>> 7)];

/** The bits of numbers, lowest first, in whole bytes. */
const packed = (values: readonly number[], width: number): number[] => {
  const bits = values.flatMap((value) =>
    Array.from({ length: width }, (_, i) => (value >>> i) & 1),
  );
  return Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((byte, bit, i) => byte | (bit << i), 0),
  );
};

const encode = ({ packed: isPacked, values }: Run, width: number): number[] => {
  const [first = 0] = values;
  if (!isPacked)
    return [...bytesOfNumber(values.length << 1), ...packed([first], Math.ceil(width / 8) * 8)];
  return [...bytesOfNumber(((values.length / 8) << 1) | 1), ...packed(values, width)];
};

const runsOf = (width: number): fc.Arbitrary<Run[]> => {
  const value = fc.nat(2 ** width - 1);
  const one = fc.tuple(value, fc.integer({ min: 1, max: 300 })).map(([v, times]) => ({
    packed: false,
    values: Array.from({ length: times }, () => v),
  }));
  const many = fc
    .array(fc.array(value, { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 4 })
    .map((groups) => ({ packed: true, values: groups.flat() }));
  return fc.array(fc.oneof(one, many), { minLength: 1, maxLength: 6 });
};

const visited = (bytes: Uint8Array, width: number, count: number): number[] => {
  const found: number[] = [];
  checkRuns({ bytes, at: 0, end: bytes.length }, width, count, (value, times) => {
    for (let i = 0; i < times; i++) found.push(value);
  });
  return found;
};

describe("checkRuns", () => {
  const cases = fc.integer({ min: 1, max: 20 }).chain((width) =>
    runsOf(width).map((runs) => ({
      width,
      values: runs.flatMap(({ values }) => values),
      bytes: Uint8Array.from(runs.flatMap((run) => encode(run, width))),
    })),
  );

  it("reads what was written, as hyparquet does", () => {
    fc.assert(
      fc.property(cases, ({ width, values, bytes }) => {
        expect(visited(bytes, width, values.length)).toEqual(values);
        const output: number[] = Array.from({ length: values.length });
        const view = new DataView(bytes.buffer);
        readRleBitPackedHybrid({ view, offset: 0 }, width, output, bytes.length);
        expect(output).toEqual(values);
      }),
      { numRuns: 150 },
    );
  });

  it("refuses what is cut off or asks for more, and of anything gives at most the count", () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ width, values, bytes }, place) => {
        expect(() =>
          visited(bytes.subarray(0, place % bytes.length), width, values.length),
        ).toThrow();
        expect(() => visited(bytes, width, values.length + 1)).toThrow();
      }),
      { numRuns: 150 },
    );
    const noise = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(noise, fc.nat(40), fc.nat(1000), (bytes, width, count) => {
        let total = 0;
        try {
          checkRuns({ bytes, at: 0, end: bytes.length }, width, count, (value, times) => {
            total += times;
            expect(value).toBeGreaterThanOrEqual(0);
          });
          expect(total).toBe(count);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect(total).toBeLessThanOrEqual(count);
        }
      }),
      { numRuns: 500 },
    );
  });
});
