import { describe, expect, it } from "vitest";
import { kernelsNamed, operand, sizeOf, workOf } from "../src/model/kernels.ts";

describe("the kernels of a configuration", () => {
  it("have sizes and work", () => {
    const sizes = kernelsNamed("small", ["linear-gelu", "attention-grad", "adamw"], {}).map(sizeOf);
    expect(sizes).toEqual(["768x128x512", "12x4x64x32", "804096"]);
    expect(workOf({ name: "matmul", m: 2, k: 3, n: 5 })).toEqual({ flops: 60 });
    expect(workOf({ name: "softmax", rows: 2, width: 3 })).toEqual({ bytes: 48 });
  });

  it("take another batch and block", () => {
    const [kernel] = kernelsNamed("tiny", ["layernorm-grad"], { batch: 1, block: 5 });
    expect(kernel).toEqual({ name: "layernorm-grad", rows: 5, width: 64 });
  });

  it("are known by name", () => {
    expect(() => kernelsNamed("tiny", ["sort"], {})).toThrow("no kernel sort; there are matmul");
  });

  it("have the same operands every time", () => {
    expect(operand(1, [2, 3])).toEqual(operand(1, [2, 3]));
    expect(operand(1, [2, 3])).not.toEqual(operand(0, [2, 3]));
  });
});
