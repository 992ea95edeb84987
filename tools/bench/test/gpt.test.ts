import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  batchAt,
  configNamed,
  configs,
  initialValues,
  parameterSpecs,
  transposed,
} from "../src/model/gpt.ts";
import { hashed, hashedTokens } from "../src/model/hashed.ts";

interface Packed {
  readonly data: readonly number[];
}
interface GptFixture {
  readonly batches: Packed;
}
interface OptimFixture {
  readonly initial: Readonly<Record<"weight" | "bias", Packed>>;
}
const fixture = <T>(path: string): T =>
  JSON.parse(readFileSync(new URL(`../../../packages/${path}`, import.meta.url), "utf8"));

describe("values from integers", () => {
  it("are those of the Python scripts", () => {
    const { initial } = fixture<OptimFixture>("optim/test/fixtures/optim.json");
    expect(hashed(12, 0, 1, 0)).toEqual(Float32Array.from(initial.weight.data));
    expect(hashed(4, 1, 1, 0)).toEqual(Float32Array.from(initial.bias.data));
  });

  it("make the same tokens as the Python scripts", () => {
    const { batches } = fixture<GptFixture>("recipes/test/fixtures/gpt.json");
    expect([...hashedTokens(batches.data.length, 1000, 11)]).toEqual(batches.data);
  });
});

describe("the benchmark's model", () => {
  it("has as many parameters as nanoGPT's", () => {
    const count = parameterSpecs(configs.small).reduce(
      (n, { shape }) => n + shape.reduce((a, b) => a * b, 1),
      0,
    );
    expect(count).toBe(804_096);
  });

  it("starts norms at 1 and matrices near 0", () => {
    const [table, , norm] = parameterSpecs(configs.hollow);
    if (table === undefined || norm === undefined) throw new Error("no parameters");
    expect(new Set(initialValues(norm))).toEqual(new Set([1]));
    const values = initialValues(table);
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    expect(deviation).toBeGreaterThan(0.018);
    expect(deviation).toBeLessThan(0.022);
  });

  it("transposes row-major values", () => {
    expect([...transposed(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3])]).toEqual([
      1, 4, 2, 5, 3, 6,
    ]);
  });

  it("shifts targets by one and repeats every four steps", () => {
    const { inputs, targets } = batchAt(configs.small, 1);
    expect([...targets.slice(0, 63)]).toEqual([...inputs.slice(1, 64)]);
    expect([...batchAt(configs.small, 5).inputs]).toEqual([...inputs]);
    expect([...batchAt(configs.small, 2).inputs]).not.toEqual([...inputs]);
  });

  it("names the configurations it has", () => {
    expect(configNamed("mid").width).toBe(384);
    expect(() => configNamed("large")).toThrow("small, mid, hollow, deep");
  });
});
