import * as core from "@adjoint/core";
import { describe, expect, it } from "vitest";

describe("tensor", () => {
  it("takes its dtype from what it is made of", () => {
    expect(core.tensor([1, 2]).dtype).toBe("float32");
    expect(core.tensor([true]).dtype).toBe("bool");
    expect(core.tensor([1, true]).dtype).toBe("float32");
    expect(core.tensor([]).dtype).toBe("float32");
    expect(core.tensor(new Float64Array(1)).dtype).toBe("float64");
    expect(core.tensor(new Int32Array(1)).dtype).toBe("int32");
    expect(core.tensor(new Uint32Array(1)).dtype).toBe("uint32");
    expect(core.tensor(new Uint8Array([255])).dtype).toBe("int32");
    expect(core.tensor(new Uint8Array([2, 0]), { dtype: "bool" }).toArraySync()).toEqual([
      true,
      false,
    ]);
  });

  it("has the shape of its nesting", () => {
    expect(core.tensor(3).shape).toEqual([]);
    expect(core.tensor([[], []]).shape).toEqual([2, 0]);
    expect(core.tensor([[[1], [2]]]).shape).toEqual([1, 2, 1]);
    expect(core.tensor([1, 2, 3, 4], { shape: [2, 2] }).toArraySync()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(core.fromData(new Float32Array([1, 2]), [2, 1]).shape).toEqual([2, 1]);
  });

  it("converts as cast does: nearest bound, NaN to 0", () => {
    expect(core.tensor([3e9, -3e9, NaN, 1.9, -1.9], { dtype: "int32" }).toArraySync()).toEqual([
      2147483647, -2147483648, 0, 1, -1,
    ]);
    expect(core.tensor([-1, 2 ** 33], { dtype: "uint32" }).toArraySync()).toEqual([0, 4294967295]);
    expect(core.tensor([0.1, 65520], { dtype: "float16" }).toArraySync()).toEqual([
      0.0999755859375,
      Infinity,
    ]);
    expect(core.tensor([257], { dtype: "bfloat16" }).toArraySync()).toEqual([256]);
  });

  it("copies, so that later changes of the source do not show", () => {
    const source = new Float32Array([1, 2]);
    const x = core.tensor(source);
    source[0] = 9;
    expect(x.toArraySync()).toEqual([1, 2]);
  });

  it("says where nested arrays are not rectangular", () => {
    expect(() => core.tensor([[1, 2], [3]])).toThrow(
      /array of 2 expected at \[1\], got an array of 1/,
    );
    expect(() => core.tensor([[1, 2], 3])).toThrow(/array of 2 expected at \[1\], got a number/);
    expect(() => core.tensor([1, [2]])).toThrow(/a number expected at \[1\], got an array of 1/);
    expect(() => core.tensor([[[1]], [[1, 2]]])).toThrow(/at \[1\]\[0\]/);
    expect(() => core.tensor([[1, 2], [3]])).toThrow(core.ShapeError);
  });

  it("says which element is not a number", () => {
    expect(() => core.tensor([[1, "2"]] as never)).toThrow(/at \[0\]\[1\], got a string/);
    expect(() => core.tensor([1, null] as never)).toThrow(/at \[1\], got null/);
    expect(() => core.tensor([1n] as never)).toThrow(/bigint/);
    expect(() => core.tensor(new BigInt64Array(1) as never)).toThrow(core.DTypeError);
    expect(() => core.tensor([1], { dtype: "int64" as never })).toThrow(/unknown dtype/);
    expect(() => core.tensor(undefined as never)).toThrow(core.ArgumentError);
  });
});

describe("filled tensors", () => {
  it("have the shape, value and dtype asked for", () => {
    expect(core.zeros([2, 0]).shape).toEqual([2, 0]);
    expect(core.ones([2], { dtype: "bool" }).toArraySync()).toEqual([true, true]);
    expect(core.full([2], core.tensor([1, 2], { dtype: "int32" })).dtype).toBe("int32");
    expect(core.full([2], true).dtype).toBe("bool");
    expect(core.zerosLike(core.arange(3)).dtype).toBe("int32");
    expect(core.onesLike(core.zeros([2]), { dtype: "float16" }).dtype).toBe("float16");
    expect(core.fullLike(core.zeros([2]), 0.1, { dtype: "bfloat16" }).toArraySync()).toEqual([
      0.10009765625, 0.10009765625,
    ]);
  });

  it("are operations of a traced program, not data in it", () => {
    const { eqns, captures } = core.makeIr(() => core.add(core.zeros([1000]), core.arange(1000)))();
    expect(captures).toEqual([]);
    expect(eqns.map((eqn) => eqn.primitive.name)).toEqual(
      expect.arrayContaining(["broadcastTo", "iota"]),
    );
  });

  it("refuse sizes that make no sense", () => {
    expect(() => core.zeros([-1])).toThrow(/non-negative/);
    expect(() => core.zeros([1.5])).toThrow(core.ShapeError);
    expect(() => core.zeros([65536, 65536])).toThrow(/2\^31/);
    expect(() => core.fromData(new Float32Array(3), [2])).toThrow(/\[2\] for 3 elements/);
    expect(() => core.arange(0, 1, 0)).toThrow(/step other than 0/);
    expect(() => core.arange(Infinity)).toThrow(core.ArgumentError);
    expect(() => core.linspace(0, 1, -1)).toThrow(/count/);
    expect(() => core.iota([2], 1)).toThrow(/axis/);
  });

  it("count without rounding errors that add up", () => {
    expect(core.arange(0, 1, 0.1).size).toBe(10);
    expect(core.arange(5, 5).size).toBe(0);
    expect(core.linspace(0, 1, 1).toArraySync()).toEqual([0]);
    expect(core.linspace(0, 1, 0).shape).toEqual([0]);
    expect(core.linspace(3, 7, 11).toArraySync()).toEqual(
      [3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 6.2, 6.6, 7].map(Math.fround),
    );
  });
});
