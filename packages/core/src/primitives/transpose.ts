import { ShapeError } from "../errors.ts";
import { allocate, at, type HostArray } from "../host-array.ts";
import { dim, formatShape, stridesOf } from "../shape.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";

/** Parameters of `transpose`: axis `i` of the result is axis `perm[i]` of the operand. */
export type TransposeParams = { readonly perm: readonly number[] };

/** The permutation that undoes `perm`. */
export const invertPermutation = (perm: readonly number[]): readonly number[] =>
  perm.map((_, i) => perm.indexOf(i));

/** Offsets into contiguous storage in row-major order of a strided view. */
export const stridedOffsets = (
  shape: readonly number[],
  strides: readonly number[],
  base = 0,
): Int32Array => {
  let offsets = Int32Array.of(base);
  shape.forEach((size, axis) => {
    const next = new Int32Array(offsets.length * size);
    const stride = strides[axis] ?? 0;
    for (let i = 0; i < offsets.length; i++)
      for (let j = 0; j < size; j++) next[i * size + j] = (offsets[i] ?? 0) + j * stride;
    offsets = next;
  });
  return offsets;
};

/** The elements of `array` at `offsets`, under `shape`. */
export const pick = (
  array: HostArray,
  shape: readonly number[],
  offsets: Int32Array,
): HostArray => {
  const data = allocate(array.dtype, offsets.length);
  for (let i = 0; i < data.length; i++) data[i] = at(array.data, offsets[i] ?? 0);
  return { shape, dtype: array.dtype, data };
};

/** Permutes the axes. */
export const transposeP: Primitive<TransposeParams> = {
  name: "transpose",
  abstractEval: (inputs, { perm }) => {
    const x = only(inputs);
    if (perm.length !== x.shape.length || !x.shape.every((_, i) => perm.includes(i)))
      throw new ShapeError({
        operation: "transpose",
        rule: "perm must name every axis once",
        got: `perm [${perm.join(",")}] for shape ${formatShape(x.shape)}`,
      });
    return [{ shape: perm.map((i) => dim(x.shape, i)), dtype: x.dtype }];
  },
  evaluate: (inputs, { perm }) => {
    const x = only(inputs);
    const strides = stridesOf(x.shape);
    const shape = perm.map((i) => dim(x.shape, i));
    return [
      pick(
        x,
        shape,
        stridedOffsets(
          shape,
          perm.map((i) => strides[i] ?? 0),
        ),
      ),
    ];
  },
  jvp: (_inputs, tangents, _outputs, { perm }) => [tangents[0]?.transpose(perm) ?? null],
  transpose: (cotangents, _inputs, { perm }) => [
    only(cotangents)?.transpose(invertPermutation(perm)) ?? null,
  ],
  vmap: (inputs, _batched, { perm }) => ({
    outputs: [bindOne(transposeP, inputs, { perm: [0, ...perm.map((i) => i + 1)] })],
    batched: [true],
  }),
};
