import * as A from "@adjoint/core";
import { flags, floats, ints } from "../data.ts";
import { example, type Row, row } from "../row.ts";

const cube = floats([2, 3, 4]);

const axes: readonly Row[] = [
  row(
    "reshape",
    ["reshape"],
    [
      example("to a matrix", [cube], (x) => A.reshape(x, [4, 6])),
      example("what is left", [cube], (x) => A.reshape(x, [3, -1])),
      example("to a scalar", [floats([1, 1])], (x) => A.reshape(x, [])),
      example("from a scalar", [floats([])], (x) => A.reshape(x, [1, 1])),
      example("size 0", [floats([0, 3])], (x) => A.reshape(x, [3, 0, 2])),
      example("six axes", [floats([2, 2, 2])], (x) => A.reshape(x, [2, 1, 2, 1, 2, 1])),
      example("int32", [ints([4])], (x) => A.reshape(x, [2, 2])),
      example("uint32", [ints([4], 0, 9, "uint32")], (x) => A.reshape(x, [2, 2])),
      example("bool", [flags([4])], (x) => A.reshape(x, [2, 2])),
    ],
  ),
  row(
    "ravel",
    ["reshape"],
    [
      example("cube", [cube], A.ravel),
      example("scalar", [floats([])], A.ravel),
      example("size 0", [floats([2, 0])], A.ravel),
    ],
    ["ravel", "flatten"],
  ),
  row(
    "transpose",
    ["transpose"],
    [
      example("reversed", [cube], (x) => A.transpose(x)),
      example("permuted", [cube], (x) => A.transpose(x, [1, -1, 0])),
      example("matrix of int32", [ints([2, 3])], (x) => A.transpose(x)),
      example("bool", [flags([2, 3])], (x) => A.transpose(x)),
      example("six axes", [floats([1, 2, 1, 2, 2, 1])], (x) => A.transpose(x, [5, 3, 1, 0, 2, 4])),
      example("scalar", [floats([])], (x) => A.transpose(x)),
      example("size 0", [floats([2, 0, 3])], (x) => A.transpose(x)),
    ],
  ),
  row("swapaxes", ["transpose"], [example("ends", [cube], (x) => A.swapaxes(x, 0, -1))]),
  row(
    "moveaxis",
    ["transpose"],
    [
      example("to the end", [cube], (x) => A.moveaxis(x, 0, -1)),
      example("two", [cube], (x) => A.moveaxis(x, [0, 1], [-1, 0])),
    ],
  ),
  row(
    "squeeze",
    ["reshape"],
    [
      example("all", [floats([1, 3, 1])], (x) => A.squeeze(x)),
      example("one", [floats([1, 3, 1])], (x) => A.squeeze(x, -1)),
    ],
  ),
  row(
    "expandDims",
    ["reshape"],
    [
      example("one", [floats([2, 3])], (x) => A.expandDims(x, 1)),
      example("several", [floats([2])], (x) => A.expandDims(x, [0, -1])),
      example("scalar", [floats([])], (x) => A.expandDims(x, 0)),
    ],
  ),
  row(
    "broadcastTo",
    ["broadcastTo"],
    [
      example("new and stretched axes", [floats([3, 1])], (x) => A.broadcastTo(x, [2, 3, 2])),
      example("scalar", [floats([])], (x) => A.broadcastTo(x, [2, 2])),
      example("to size 0", [floats([1, 3])], (x) => A.broadcastTo(x, [0, 3])),
      example("six axes", [floats([2, 1, 2])], (x) => A.broadcastTo(x, [1, 2, 1, 2, 3, 2])),
      example("bool", [flags([2, 1])], (x) => A.broadcastTo(x, [2, 3])),
      example("uint32", [ints([2, 1], 0, 9, "uint32")], (x) => A.broadcastTo(x, [2, 3])),
    ],
  ),
  row(
    "broadcastArrays",
    ["broadcastTo"],
    [
      example("three", [floats([3, 1]), floats([2]), floats([])], (a, b, c) =>
        A.broadcastArrays(a, b, c),
      ),
    ],
  ),
  row("atLeastRank", ["reshape"], [example("vector", [floats([2])], (x) => A.atLeastRank(x, 3))]),
  row(
    "flip",
    ["flip"],
    [
      example("all axes", [cube], (x) => A.flip(x)),
      example("one axis", [cube], (x) => A.flip(x, 1)),
      example("int32", [ints([5])], (x) => A.flip(x)),
      example("bool", [flags([5])], (x) => A.flip(x)),
      example("size 0", [floats([0, 2])], (x) => A.flip(x)),
      example("scalar", [floats([])], (x) => A.flip(x)),
    ],
  ),
];

const joining: readonly Row[] = [
  row(
    "concatenate",
    ["concatenate"],
    [
      example("columns", [floats([2, 3]), floats([2, 1], 0, 1), floats([2, 2], 3, 4)], (a, b, c) =>
        A.concatenate([a, b, c], 1),
      ),
      example("rows", [floats([2, 3]), floats([1, 3], 0, 1)], (a, b) => A.concatenate([a, b])),
      example("with nothing", [floats([2]), floats([0])], (a, b) => A.concatenate([a, b])),
      example("one tensor twice", [floats([2])], (a) => A.concatenate([a, a.mul(a)])),
      example("int32 with float32", [ints([2]), floats([2])], (a, b) => A.concatenate([a, b])),
      example("bool", [flags([2]), flags([3])], (a, b) => A.concatenate([a, b])),
      example("six axes", [floats([1, 2, 1, 1, 2, 1]), floats([1, 2, 1, 2, 2, 1])], (a, b) =>
        A.concatenate([a, b], 3),
      ),
    ],
  ),
  row(
    "stack",
    ["concatenate"],
    [
      example("first axis", [floats([2, 3]), floats([2, 3], 0, 1)], (a, b) => A.stack([a, b])),
      example("last axis", [floats([2, 3]), floats([2, 3], 0, 1)], (a, b) => A.stack([a, b], -1)),
      example("scalars", [floats([]), floats([], 0, 1)], (a, b) => A.stack([a, b])),
    ],
  ),
  row(
    "split",
    ["split"],
    [
      example("equal parts", [floats([2, 6])], (x) => A.split(x, 3, 1)),
      example("at places", [floats([5, 2])], (x) => A.split(x, [1, 3])),
    ],
  ),
  row("unstack", ["slice"], [example("columns", [floats([2, 3])], (x) => A.unstack(x, 1))]),
  row(
    "repeat",
    ["reshape"],
    [
      example("flattened", [floats([2, 3])], (x) => A.repeat(x, 2)),
      example("one axis", [floats([2, 3])], (x) => A.repeat(x, 3, 1)),
      example("own counts", [floats([3])], (x) => A.repeat(x, [2, 0, 1], 0)),
      example("int32", [ints([2])], (x) => A.repeat(x, 2)),
    ],
  ),
  row(
    "tile",
    ["broadcastTo"],
    [
      example("vector", [floats([3])], (x) => A.tile(x, 2)),
      example("matrix", [floats([2, 3])], (x) => A.tile(x, [2, 1, 2])),
      example("none", [floats([2])], (x) => A.tile(x, 0)),
    ],
  ),
  row(
    "roll",
    ["concatenate"],
    [
      example("flattened", [floats([2, 3])], (x) => A.roll(x, 2)),
      example("one axis", [cube], (x) => A.roll(x, 1, 1)),
      example("two axes", [cube], (x) => A.roll(x, [1, -1], [0, 2])),
      example("further than the axis", [floats([3])], (x) => A.roll(x, 7)),
    ],
  ),
  row(
    "pad",
    ["pad"],
    [
      example("zeros", [floats([2, 3])], (x) =>
        A.pad(x, [
          [1, 0],
          [2, 1],
        ]),
      ),
      example("a value", [floats([2, 3])], (x) => A.pad(x, 1, { value: -1.5 })),
      example("a tensor value", [floats([2]), floats([])], (x, value) =>
        A.pad(x, [1, 2], { value }),
      ),
      ...(["edge", "reflect", "symmetric", "wrap"] as const).map((mode) =>
        example(mode, [floats([3, 4])], (x) =>
          A.pad(
            x,
            [
              [1, 1],
              [2, 1],
            ],
            { mode },
          ),
        ),
      ),
      example("int32", [ints([2])], (x) => A.pad(x, 1)),
      example("bool", [flags([2])], (x) => A.pad(x, 1)),
      example("size 0", [floats([0])], (x) => A.pad(x, 2)),
      example("six axes", [floats([1, 2, 1, 1, 2, 1])], (x) => A.pad(x, 1)),
    ],
  ),
];

const creation: readonly Row[] = [
  row(
    "zeros, ones, full",
    ["broadcastTo"],
    [
      example("beside x", [floats([2, 3])], (x) => [
        x.add(A.zeros([3])),
        x.mul(A.ones([2, 1])),
        x.mul(A.full([2, 3], 7)),
      ]),
      example("like x", [floats([2])], (x) => [
        A.zerosLike(x).add(x),
        A.onesLike(x).add(x),
        A.fullLike(x, 2).mul(x),
      ]),
      example("of a traced value", [floats([])], (x) => A.full([2, 2], x)),
    ],
    ["zeros", "ones", "full", "zerosLike", "onesLike", "fullLike"],
  ),
  row(
    "iota",
    ["iota"],
    [
      example("columns", [floats([2, 3])], (x) => A.iota([2, 3], 1, { dtype: x.dtype }).mul(x)),
      example("int32", [ints([2, 3])], (x) => A.iota([2, 3], 0).add(x)),
      example("uint32", [ints([3], 0, 9, "uint32")], (x) =>
        A.iota([3], 0, { dtype: "uint32" }).add(x),
      ),
      example("size 0", [floats([0])], (x) => x.add(A.iota([0], 0, { dtype: x.dtype }))),
    ],
  ),
  row(
    "arange and linspace",
    ["iota"],
    [
      example("arange", [floats([4])], (x) => x.mul(A.arange(1, 3, 0.5, { dtype: x.dtype }))),
      example("whole numbers", [ints([3])], (x) => x.add(A.arange(3))),
      example("linspace", [floats([5])], (x) => x.mul(A.linspace(-1, 2, 5, { dtype: x.dtype }))),
      example("open", [floats([4])], (x) =>
        x.mul(A.linspace(0, 1, 4, { endpoint: false, dtype: x.dtype })),
      ),
    ],
    ["arange", "linspace"],
  ),
  row(
    "eye",
    ["iota", "equal", "cast"],
    [
      example("square", [floats([3, 3])], (x) => x.mul(A.eye(3, { dtype: x.dtype }))),
      example("wide, shifted", [floats([2, 4])], (x) =>
        x.add(A.eye(2, { columns: 4, offset: 1, dtype: x.dtype })),
      ),
    ],
  ),
  row(
    "constants",
    ["mul"],
    [
      example("made inside", [floats([3])], (x) =>
        x.mul(A.tensor([1, 2, 3], { dtype: x.dtype })).add(A.asTensor(2, x.dtype)),
      ),
      example("of typed data", [floats([3])], (x) =>
        x.mul(A.fromData(Float32Array.of(1, 2, 3), [3], x.dtype)),
      ),
    ],
    ["tensor", "fromData", "asTensor"],
  ),
];

/** Operations that move elements or make them. */
export const shapes: readonly Row[] = [...axes, ...joining, ...creation];
