import { roundToStorage, type DType } from "@adjoint/core/backend";
import { DTypeError } from "@adjoint/core";
import { describe, expect, it } from "vitest";
import {
  isLiteral,
  libraryIn,
  libraryOf,
  literalOf,
  spell,
  toStored,
  valueType,
} from "../../src/wgsl/elementwise.ts";
import { pipelineOf, runKernel, testDevice } from "../support/run-kernel.ts";
import { evaluate, kernelOf, software } from "./evaluate.ts";
import { between, specialFloats, wideFloats } from "./points.ts";

/** Results of expressions without operands, each stored as `element`. */
const constants = async (
  expressions: readonly string[],
  element: "f32" | "i32" | "u32",
): Promise<ArrayBuffer> => {
  const lines = expressions.map((e, i) => `y[${i}] = ${e};`).join("\n");
  const code = `${libraryOf(libraryIn(lines))}\n@compute @workgroup_size(1) fn main() {\n${lines}\n}`;
  const operands = [{ name: "y", element, access: "write" }] as const;
  const kernel = {
    name: "constants",
    operands,
    code,
    grid: [1, 1, 1],
    flops: 0,
    bytes: 0,
  } as const;
  const { arrays } = await runKernel(await software(), kernel, [
    new Uint32Array(expressions.length),
  ]);
  return arrays[0] ?? new ArrayBuffer();
};

describe("literals", () => {
  it("keep every bit of floats", async () => {
    const values = [...specialFloats, ...wideFloats(200), ...between(-2, 2, 200), Math.PI, 1e-45];
    const code = values.map((x) => literalOf(x, "float32"));
    const got = new Float32Array(await constants(code, "f32"));
    expect([...got].slice(0, -1)).toEqual(values.map(Math.fround).slice(0, -1));
    expect([0, Math.fround(1e-45)]).toContain(got.at(-1)); // a device may flush it
  });

  it("keep integers and bools", async () => {
    const signed = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)];
    const code = signed.map((x) => literalOf(x, "int32"));
    expect([...new Int32Array(await constants(code, "i32"))]).toEqual(signed);
    const unsigned = [0, 1, 2 ** 31, 2 ** 32 - 1];
    const bits = unsigned.map((x) => literalOf(x, "uint32"));
    expect([...new Uint32Array(await constants(bits, "u32"))]).toEqual(unsigned);
    const bools = [0, 1].map((x) => toStored("bool", literalOf(x, "bool"), "f32"));
    expect([...new Uint32Array(await constants(bools, "u32"))]).toEqual([0, 1]);
  });

  it("are told from other expressions", () => {
    const literals = [1, -1, 1e-30, 3e38, -0].map((x) => literalOf(x, "float32"));
    expect(literals.every(isLiteral)).toBe(true);
    expect(isLiteral(literalOf(-(2 ** 31), "int32"))).toBe(true);
    expect(["v1", "adj_nan()", "(1f + 2f)", "i32(x)"].some(isLiteral)).toBe(false);
  });

  it("may be all operands of an operation that overflows", async () => {
    const of = (name: string, dtype: DType, ...xs: readonly number[]): string =>
      spell(
        name,
        {},
        xs.map((x) => literalOf(x, dtype)),
        xs.map(() => dtype),
        [dtype],
      )?.results[0] ?? "";
    const inf = Number.POSITIVE_INFINITY;
    const float = [
      of("mul", "float32", 3e38, 3e38),
      of("div", "float32", 1, 0),
      of("add", "float32", inf, -1),
      of("exp", "float32", 100),
      of("sqrt", "float32", -1),
      of("neg", "float32", -2),
      of("max", "float32", Number.NaN, 0),
      of("min", "float32", -0, 0),
    ];
    const expected = [inf, inf, inf, inf, Number.NaN, 2, Number.NaN, -0];
    expect([...new Float32Array(await constants(float, "f32"))]).toEqual(expected);
    const least = -(2 ** 31);
    const integer = [
      of("add", "int32", 2 ** 31 - 1, 1),
      of("neg", "int32", least),
      of("div", "int32", 1, 0),
      of("rem", "int32", 7, 0),
      of("shiftLeft", "int32", 1, 40),
    ];
    expect([...new Int32Array(await constants(integer, "i32"))]).toEqual([least, least, -1, 7, 0]);
  });

  it("make extremes cheaper, zeros and NaN included", async () => {
    const x = Float32Array.from(specialFloats);
    for (const name of ["max", "min"] as const)
      for (const bound of [0, -0, 1, -1.5]) {
        const literal = literalOf(bound, "float32");
        const spelled = [
          spell(name, {}, ["x[i]", literal], ["float32", "float32"], ["float32"]),
          spell(name, {}, [literal, "x[i]"], ["float32", "float32"], ["float32"]),
        ].map((s) => s?.results[0] ?? "");
        const code = `${libraryOf(libraryIn(spelled.join()))}
@compute @workgroup_size(1) fn main() {
  for (var i = 0u; i < ${x.length}u; i++) { y[i] = ${spelled[0]}; z[i] = ${spelled[1]}; }
}`;
        const operands = [
          { name: "x", element: "f32", access: "read" },
          { name: "y", element: "f32", access: "write" },
          { name: "z", element: "f32", access: "write" },
        ] as const;
        const kernel = { name, operands, code, grid: [1, 1, 1], flops: 0, bytes: 0 } as const;
        const { arrays } = await runKernel(await software(), kernel, [x, x.slice(), x.slice()]);
        const expected = [...x].map((v) => Math[name](v, bound));
        expect([...new Float32Array(arrays[1] ?? [])]).toEqual(expected);
        expect([...new Float32Array(arrays[2] ?? [])]).toEqual(expected);
      }
  });
});

describe("half types", () => {
  it.each(["float16", "bfloat16"] as const)("%s is rounded when stored in f32", async (dtype) => {
    // halves of the spacing, ties, the overflow threshold and the subnormal range of float16
    const ties = Array.from({ length: 2048 }, (_, i) => i * 2 ** -25).concat([
      65_504, 65_519, 65_520,
    ]);
    const values = [...specialFloats, ...ties, ...wideFloats(5000), ...between(-1e-3, 1e-3, 5000)];
    const x = Float32Array.from(values);
    const [y] = await evaluate("stopGradient", {}, ["float32"], [dtype], [x]);
    const { data } = roundToStorage({ shape: [x.length], dtype, data: x.slice() });
    expect(y).toEqual(data);
  });

  it("compile to f16 storage where the device has it", async () => {
    const device = await testDevice("null");
    expect(device.features.has("shader-f16")).toBe(true);
    for (const dtype of ["float16", "bfloat16", "bool", "float32"] as const)
      for (const name of ["stopGradient", "cast"]) {
        const kernel = kernelOf(name, { dtype: "float16" }, [dtype], ["float16"], 65, "f16");
        if (name === "cast" || dtype === "float16") await pipelineOf(device, kernel);
      }
    const kernel = kernelOf("add", {}, ["float16", "float16"], ["float16"], 3, "f16");
    expect(kernel.operands.map((o) => o.element)).toEqual(["f16", "f16", "f16"]);
    await pipelineOf(device, kernel);
  });
});

describe("the rest", () => {
  it("is undefined: what is not elementwise", () => {
    for (const name of ["sum", "dotGeneral", "constructor", ""])
      expect(spell(name, {}, ["x"], ["float32"], ["float32"])).toBeUndefined();
  });

  it("refuses float64", () => {
    expect(() => valueType("float64")).toThrow(DTypeError);
  });

  it("writes a library function once, after what it calls", () => {
    const code = libraryOf(["adj_gelu", "adj_exp", "adj_exp", "unknown"]);
    const defined = [...code.matchAll(/^(?:fn|struct) (adj_\w+)/gm)].map(([, name]) => name);
    expect(new Set(defined).size).toBe(defined.length);
    expect(defined.indexOf("adj_scale")).toBeLessThan(defined.indexOf("adj_exp"));
    expect(defined.indexOf("adj_exp")).toBeGreaterThan(defined.indexOf("adj_exp_parts"));
  });
});
