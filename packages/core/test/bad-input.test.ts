import * as A from "@adjoint/core";
import { ArgumentError, DTypeError, ShapeError, tensor } from "@adjoint/core";
import * as R from "@adjoint/core/random";
import { describe, expect, it } from "vitest";
import { refuses } from "./support/refuses.ts";

const file = "bad-input\\.test\\.ts";
const matrix = A.ones([2, 3]);
const whole = tensor([1, 2], { dtype: "int32" });
const flags = tensor([true, false]);
/** Callers without a type checker can pass anything. */
const untyped = (value: unknown): never => value as never;

describe("shapes that do not fit", () => {
  refuses(file, {
    adding: [() => A.add(matrix, A.ones([4])), ShapeError, "add", "[2,3] and [4]"],
    "a method": [() => matrix.mul(A.ones([2])), ShapeError, "mul", "[2,3] and [2]"],
    choosing: [() => A.where(flags, A.ones([3]), 0), ShapeError, "where", "[2] and [3] and []"],
    broadcasting: [
      () => A.broadcastTo(matrix, [2, 4]),
      ShapeError,
      "broadcastTo",
      "[2,3] and [2,4]",
    ],
    "broadcasting to fewer axes": [
      () => A.broadcastTo(matrix, [3]),
      ShapeError,
      "broadcastTo",
      "[2,3] to [3]",
    ],
    reshaping: [() => A.reshape(matrix, [4]), ShapeError, "reshape", "[2,3] to [4]"],
    "two unknown sizes": [
      () => A.reshape(matrix, [-1, -1]),
      ShapeError,
      "reshape",
      "[2,3] to [-1,-1]",
    ],
    "matrix products": [() => A.matmul(matrix, matrix), ShapeError, "matmul", "[2,3] and [2,3]"],
    "products of batches": [
      () => A.matmul(A.ones([2, 2, 3]), A.ones([3, 3, 2])),
      ShapeError,
      "matmul",
      "[2] and [3]",
    ],
    "products of scalars": [
      () => A.matmul(matrix, tensor(1)),
      ShapeError,
      "matmul",
      "use mul for scalars",
    ],
    "einsum sizes": [
      () => A.einsum("ij,ij->i", matrix, A.ones([2, 4])),
      ShapeError,
      "einsum",
      '3 and 4 for "j"',
    ],
    "einsum ranks": [() => A.einsum("ijk->i", matrix), ShapeError, "einsum", "[2,3]"],
    concatenating: [
      () => A.concatenate([matrix, A.ones([3, 4])]),
      ShapeError,
      "concatenate",
      "[2,3] and [3,4]",
    ],
    stacking: [() => A.stack([matrix, A.ones([3])]), ShapeError, "stack", "[2,3] and [3]"],
    splitting: [() => A.split(matrix, 2, 1), ShapeError, "split", "2 parts of 3"],
    slicing: [() => matrix.slice([0, 0], [3, 3]), ShapeError, "slice", "limit [3,3]"],
    "starts of a slice": [
      () => A.dynamicSlice(matrix, [0], [1, 1]),
      ShapeError,
      "dynamicSlice",
      "1 starts",
    ],
    "a slice larger than the whole": [
      () => A.dynamicSlice(matrix, [0, 0], [3, 3]),
      ShapeError,
      "dynamicSlice",
      "[3,3]",
    ],
    "an update larger than the whole": [
      () => A.dynamicUpdateSlice(matrix, A.ones([3, 3]), [0, 0]),
      ShapeError,
      "dynamicUpdateSlice",
      "[3,3]",
    ],
    "indices of gather": [
      () => A.gather(matrix, tensor([0, 1, 2], { dtype: "int32" })),
      ShapeError,
      "gather",
      "indices [3] for operand [2,3]",
    ],
    "updates of scatter": [
      () => A.scatterAdd(matrix, tensor([[0]], { dtype: "int32" }), A.ones([5])),
      ShapeError,
      "scatterAdd",
      "updates [5] for places [1,3]",
    ],
    "values for a row": [
      () => A.at(matrix, 0).set(A.ones([2])),
      ShapeError,
      "at",
      "[2] for places [3]",
    ],
    "values for rows by index": [
      () => A.at(matrix, whole).add(A.ones([4])),
      ShapeError,
      "at",
      "[4] for places [2,3]",
    ],
    "a mask": [() => A.get(matrix, [true, false, true]), ShapeError, "get", "mask [3] at axis 0"],
    "too many indices": [() => A.get(matrix, 0, 0, 0), ShapeError, "get", "3 for shape [2,3]"],
    channels: [
      () => A.conv1d(A.ones([1, 2, 5]), A.ones([1, 3, 2])),
      ShapeError,
      "conv",
      "x [1,2,5], kernel [1,3,2]",
    ],
    groups: [
      () => A.conv1d(A.ones([1, 3, 5]), A.ones([2, 1, 2]), { groups: 2 }),
      ShapeError,
      "conv",
      "groups 2",
    ],
    "a window larger than the image": [
      () => A.maxPool(A.ones([1, 1, 2]), 3),
      ShapeError,
      "maxPool",
      "[3] for [1,1,2]",
    ],
    "a matrix that is not square": [
      () => A.cholesky(matrix),
      ShapeError,
      "cholesky",
      "float32[2,3]",
    ],
    "a determinant": [() => A.det(matrix), ShapeError, "lu", "float32[2,3]"],
    "a system of equations": [
      () => A.solve(A.ones([2, 2]), A.ones([3])),
      ShapeError,
      "solve",
      "[2,2] and [3,1]",
    ],
    "a triangular system": [
      () => A.triangularSolve(A.ones([2, 2]), A.ones([3])),
      ShapeError,
      "triangularSolve",
      "[2,2] and [3]",
    ],
    "scale of a norm": [
      () => A.layerNorm(matrix, A.ones([4])),
      ShapeError,
      "layerNorm",
      "[2,3] and [4] and [3]",
    ],
    labels: [
      () => A.softmaxCrossEntropy(matrix, tensor([0], { dtype: "int32" })),
      ShapeError,
      "softmaxCrossEntropy",
      "[2,3] and [1]",
    ],
    "ragged data": [() => tensor(untyped([[1, 2], [3]])), ShapeError, "tensor", "at [1]"],
    "data of another size": [
      () => A.fromData(new Float32Array(3), [2, 2]),
      ShapeError,
      "fromData",
      "[2,2] for 3 elements",
    ],
    "reading many as one": [() => matrix.itemSync(), ShapeError, "item", "float32[2,3]"],
  });
});

describe("ranks and axes out of range", () => {
  refuses(file, {
    "a sum": [() => A.sum(matrix, 2), ShapeError, "sum", "axis 2"],
    "a negative axis": [() => A.sum(matrix, -3), ShapeError, "sum", "[-2, 1]"],
    "a fraction": [() => A.mean(matrix, 0.5), ShapeError, "mean", "axis 0.5"],
    "an axis twice": [() => A.sum(matrix, [0, -2]), ShapeError, "sum", "[0,0]"],
    "no number": [() => A.sum(matrix, untyped("0")), ShapeError, "sum", "string"],
    "softmax of a scalar": [() => A.softmax(1), ShapeError, "softmax", "a scalar has no axes"],
    "sorting a scalar": [() => A.sort(1), ShapeError, "sort", "a scalar has no axes"],
    "joining scalars": [() => A.concatenate([1, 2]), ShapeError, "concatenate", "a scalar"],
    "a permutation": [
      () => A.transpose(matrix, [0, 0]),
      ShapeError,
      "transpose",
      "[0,0] for shape [2,3]",
    ],
    "a short permutation": [
      () => A.transpose(matrix, [0]),
      ShapeError,
      "transpose",
      "[0] for shape [2,3]",
    ],
    squeezing: [() => A.squeeze(matrix, 0), ShapeError, "squeeze", "axes [0] of [2,3]"],
    "a new axis": [() => A.expandDims(matrix, 5), ShapeError, "expandDims", "axis 5"],
    taking: [() => A.take(matrix, 0, { axis: 3 }), ShapeError, "take", "axis 3"],
    moving: [() => A.moveaxis(matrix, [0, 1], [0]), ArgumentError, "moveaxis", "2 and 1"],
    "convolving matrices": [() => A.conv2d(matrix, matrix), ShapeError, "conv2d", "expandDims"],
    "a diagonal of three axes": [
      () => A.diag(A.ones([1, 1, 1])),
      ShapeError,
      "diag",
      "use diagonal",
    ],
    "searching in a matrix": [() => A.searchsorted(matrix, 1), ShapeError, "searchsorted", "[2,3]"],
  });
});

describe("dtypes", () => {
  refuses(file, {
    "subtracting bools": [() => A.sub(flags, flags), DTypeError, "sub", "bool"],
    "negating bools": [() => A.neg(flags), DTypeError, "neg", "bool"],
    "bits of floats": [() => A.bitwiseAnd(matrix, matrix), DTypeError, "and", "float32"],
    "shifting floats": [() => A.leftShift(matrix, 1), DTypeError, "shiftLeft", "float32"],
    "float indices": [() => A.take(matrix, tensor([0.5])), DTypeError, "take", 'cast("int32")'],
    "float classes": [() => A.oneHot(untyped(matrix), 3), DTypeError, "oneHot", "float32[2,3]"],
    "float labels": [
      () => A.softmaxCrossEntropy(matrix, A.ones([2])),
      DTypeError,
      "softmaxCrossEntropy",
      "float32[2]",
    ],
    "an unknown dtype": [
      () => A.zeros([1], { dtype: untyped("float") }),
      DTypeError,
      "full",
      '"float"',
    ],
    "an unknown dtype in cast": [
      () => A.cast(matrix, untyped("int64")),
      DTypeError,
      "cast",
      '"int64"',
    ],
    "an unknown dtype in the method": [
      () => matrix.cast(untyped("int64")),
      DTypeError,
      "cast",
      '"int64"',
    ],
    "bits of another width": [
      () => A.bitcast(matrix, "float16"),
      DTypeError,
      "bitcast",
      "float32 to float16",
    ],
    "a number that does not fit": [
      () => tensor([1], { dtype: "uint32" }).add(-1),
      ArgumentError,
      "promote",
      "-1 beside uint32",
    ],
    "a probability": [
      () => R.bernoulli(R.key(0), [2], { p: whole }),
      DTypeError,
      "bernoulli",
      "int32",
    ],
  });
});

describe("what is no tensor", () => {
  refuses(file, {
    null: [() => A.add(untyped(null), 1), ArgumentError, "asTensor", "null"],
    "a string": [() => A.add(untyped("x"), 1), ArgumentError, "asTensor", "string"],
    "an array": [() => A.sin(untyped([1])), ArgumentError, "asTensor", "make one with tensor"],
    "null in a method": [() => matrix.add(untyped(null)), ArgumentError, "promote", "null"],
    "an array in a method": [() => matrix.add(untyped([1])), ArgumentError, "promote", "an array"],
    "text as data": [() => tensor(untyped("abc")), ArgumentError, "tensor", "string"],
    "undefined in data": [() => tensor(untyped([undefined])), ArgumentError, "tensor", "at [0]"],
    "big integers": [() => tensor(untyped([1n])), ArgumentError, "tensor", "Number(x)"],
    "tensors in data": [() => tensor(untyped([tensor(1)])), ArgumentError, "tensor", "at [0]"],
    "a number for a shape": [
      () => A.zeros(untyped(3)),
      ShapeError,
      "full",
      "write [n] for one axis",
    ],
    "text for a shape": [() => A.reshape(matrix, untyped("6")), ShapeError, "reshape", "string"],
    "nothing for a shape": [
      () => A.reshape(matrix, untyped(undefined)),
      ShapeError,
      "reshape",
      "undefined",
    ],
    "a comparison with >": [
      () => untyped(tensor(1)) > 0,
      ArgumentError,
      "tensor",
      "use where or cond".slice(4),
    ],
    "a matrix for a key": [() => R.uniform(matrix), ArgumentError, "bits", "key(seed)"],
  });
  it("prints when it is put into text", () => {
    expect(String(whole)).toBe("Tensor(int32[2]) [1, 2]");
  });
});

describe("values out of range", () => {
  refuses(file, {
    "an index": [() => A.get(matrix, 5), ArgumentError, "get", "5"],
    "a step of 0": [() => A.get(matrix, { step: 0 }), ArgumentError, "get", "step not 0"],
    "an unknown index": [() => A.get(matrix, untyped("foo")), ArgumentError, "get", "foo"],
    "two ellipses": [() => A.get(matrix, "...", "..."), ArgumentError, "get", "2 times"],
    "a fraction as index": [() => A.take(matrix, [0.5]), ArgumentError, "take", "0.5"],
    "more than there are": [() => A.topK(matrix, 4), ArgumentError, "topK", "4"],
    "a fraction of elements": [() => A.topK(matrix, 1.5), ArgumentError, "topK", "1.5"],
    "negative padding": [() => A.pad(matrix, -1), ArgumentError, "pad", "-1"],
    "padding of too few axes": [
      () => A.pad(matrix, untyped([[1, 1]])),
      ArgumentError,
      "pad",
      "[[1,1]] for [2,3]",
    ],
    "an unknown mode": [
      () => A.pad(matrix, 1, { mode: untyped("foo") }),
      ArgumentError,
      "pad",
      "reflect",
    ],
    "negative repeats": [() => A.repeat(matrix, -1), ArgumentError, "repeat", "-1"],
    "too many counts": [() => A.repeat(matrix, [1, 2, 3], 0), ArgumentError, "repeat", "3 for 2"],
    "negative tiles": [() => A.tile(matrix, -1), ArgumentError, "tile", "-1"],
    "a stride of 0": [
      () => A.conv1d(A.ones([1, 1, 5]), A.ones([1, 1, 2]), { stride: 0 }),
      ArgumentError,
      "conv1d",
      "stride",
    ],
    "unknown padding": [
      () => A.conv1d(A.ones([1, 1, 5]), A.ones([1, 1, 2]), { padding: untyped("SAME") }),
      ArgumentError,
      "conv1d",
      '"same"',
    ],
    "einsum without terms": [
      () => A.einsum("ij->i", matrix, matrix),
      ArgumentError,
      "einsum",
      "1 terms, 2 operands",
    ],
    "einsum out of nowhere": [() => A.einsum("ij->k", matrix), ArgumentError, "einsum", '"k"'],
    "einsum of digits": [() => A.einsum("i1->i", matrix), ArgumentError, "einsum", '"i1"'],
    "a range without steps": [() => A.arange(0, 1, 0), ArgumentError, "arange", "0, 1, 0"],
    "a range to NaN": [() => A.arange(Number.NaN), ArgumentError, "arange", "NaN"],
    "a negative count": [() => A.linspace(0, 1, -1), ArgumentError, "linspace", "-1"],
    "the order of a norm": [
      () => A.norm(matrix, { ord: Number.NaN }),
      ArgumentError,
      "norm",
      "NaN",
    ],
    "a fraction as seed": [() => R.key(0.5), ArgumentError, "random", "0.5"],
    "more draws than elements": [
      () => R.choice(R.key(0), 3, { shape: [4], replace: false }),
      ArgumentError,
      "choice",
      "4 draws from 3",
    ],
  });
});

describe("nothing to work on", () => {
  refuses(file, {
    "the largest of nothing": [() => A.max(A.zeros([2, 0]), 1), ShapeError, "reduceMax", "[2,0]"],
    "its place": [() => A.argmax(A.zeros([0])), ShapeError, "argMax", "[0]"],
    "taking from nothing": [() => A.take(A.zeros([0]), [0]), ShapeError, "gather", "[0]"],
    "joining nothing": [() => A.concatenate([]), ArgumentError, "concatenate", "at least one"],
    "stacking nothing": [() => A.stack([]), ArgumentError, "stack", "at least one"],
    "no branches": [
      () => A.switchCase(0, [], matrix),
      ArgumentError,
      "switch",
      "at least one branch",
    ],
  });
  it("has the values that sums and products of nothing have", () => {
    const none = A.zeros([0]);
    expect([A.sum(none), A.prod(none), A.all(none), A.any(none)].map((x) => x.itemSync())).toEqual([
      0,
      1,
      true,
      false,
    ]);
    expect(A.mean(none).itemSync()).toBeNaN();
    expect(A.matmul(A.zeros([2, 0]), A.zeros([0, 3])).toArraySync()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });
});

describe("giant sizes are refused at once", () => {
  const large = 2 ** 16;
  const column = A.zeros([large, 1]);
  const row = A.zeros([1, large]);
  refuses(file, {
    zeros: [() => A.zeros([large, large]), ShapeError, "full", "4294967296 elements"],
    "a long vector": [() => A.ones([1e12]), ShapeError, "full", "1000000000000 elements"],
    "a filled tensor": [
      () => A.full([large, large], tensor(1)),
      ShapeError,
      "full",
      "[65536,65536]",
    ],
    "an identity": [() => A.eye(2 ** 20), ShapeError, "iota", "[1048576,1048576]"],
    "a range": [() => A.arange(1e12), ShapeError, "arange", "[1000000000000]"],
    "a division of an interval": [
      () => A.linspace(0, 1, 2 ** 32),
      ShapeError,
      "linspace",
      "[4294967296]",
    ],
    broadcasting: [
      () => A.broadcastTo(tensor(1), [large, large]),
      ShapeError,
      "broadcastTo",
      "split the work",
    ],
    adding: [() => A.add(column, row), ShapeError, "add", "[65536,65536]"],
    "an outer product": [
      () => A.outer(A.zeros([large]), A.zeros([large])),
      ShapeError,
      "mul",
      "[65536,65536]",
    ],
    "a matrix product": [() => A.matmul(column, row), ShapeError, "dotGeneral", "[65536,65536]"],
    padding: [() => A.pad(matrix, 2 ** 30), ShapeError, "pad", "2^31 - 1"],
    "padding of a convolution": [
      () => A.conv1d(A.zeros([1, 1, 3]), A.ones([1, 1, 1]), { padding: 2 ** 31 }),
      ShapeError,
      "conv",
      "2^31 - 1",
    ],
    tiles: [() => A.tile(matrix, 2 ** 30), ShapeError, "broadcastTo", "2^31 - 1"],
    repeats: [() => A.repeat(matrix, 2 ** 31), ShapeError, "broadcastTo", "2^31 - 1"],
    classes: [() => A.oneHot(whole, 2 ** 31), ShapeError, "iota", "2^31 - 1"],
    "random numbers": [() => R.uniform(R.key(0), [2 ** 32]), ShapeError, "bits", "4294967296"],
    "inside jit": [
      () => A.jit((a: A.Tensor, b: A.Tensor) => a.add(b))(column, row),
      ShapeError,
      "add",
      "[65536,65536]",
    ],
    "negative sizes": [() => A.zeros([-1]), ShapeError, "full", "[-1]"],
    fractions: [() => A.zeros([1.5]), ShapeError, "full", "[1.5]"],
    NaN: [() => A.zeros([Number.NaN]), ShapeError, "full", "[NaN]"],
  });
});

describe("NaN", () => {
  it("passes through arithmetic, reductions and sorting, and is found on demand", () => {
    const x = tensor([1, Number.NaN, 3]);
    expect(x.max().itemSync()).toBeNaN();
    expect(A.maximum(x, 2).toArraySync()).toEqual([2, Number.NaN, 3]);
    expect(A.sort(x).toArraySync()).toEqual([1, 3, Number.NaN]);
    expect(A.argmax(x).itemSync()).toBe(1);
    expect(A.isnan(x).toArraySync()).toEqual([false, true, false]);
  });
  refuses(file, {
    "in the first operation that makes one": [
      () => A.debugNans(() => A.log(tensor(-1)).mul(2)),
      A.NanError,
      "log",
      "float32[]",
    ],
    "inside jit and grad": [
      () => A.debugNans(() => A.jit(A.grad((x: A.Tensor) => x.sqrt().mul(0)))(tensor(-1))),
      A.NanError,
      "sqrt",
      "float32[]",
    ],
  });
});
