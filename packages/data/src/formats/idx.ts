import { DataError } from "../errors.ts";
import { type Either, left, right } from "@adjoint/core/either";

/** An array of IDX, the format of MNIST: its numbers row by row, and how many along each axis. */
export type IdxArray = {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
};

type Kind = {
  readonly bytes: number;
  readonly read: (view: DataView, offset: number, length: number) => IdxArray["data"];
};

/** Numbers are big-endian. */
const kinds: ReadonlyMap<number, Kind> = /* @__PURE__ */ new Map<number, Kind>([
  [
    0x08,
    { bytes: 1, read: (v, at, n) => Uint8Array.from({ length: n }, (_, i) => v.getUint8(at + i)) },
  ],
  [
    0x09,
    { bytes: 1, read: (v, at, n) => Int8Array.from({ length: n }, (_, i) => v.getInt8(at + i)) },
  ],
  [
    0x0b,
    {
      bytes: 2,
      read: (v, at, n) => Int16Array.from({ length: n }, (_, i) => v.getInt16(at + i * 2)),
    },
  ],
  [
    0x0c,
    {
      bytes: 4,
      read: (v, at, n) => Int32Array.from({ length: n }, (_, i) => v.getInt32(at + i * 4)),
    },
  ],
  [
    0x0d,
    {
      bytes: 4,
      read: (v, at, n) => Float32Array.from({ length: n }, (_, i) => v.getFloat32(at + i * 4)),
    },
  ],
  [
    0x0e,
    {
      bytes: 8,
      read: (v, at, n) => Float64Array.from({ length: n }, (_, i) => v.getFloat64(at + i * 8)),
    },
  ],
]);

const fail = (rule: string, got: string, byte: number): Either<DataError, never> =>
  left(new DataError({ operation: "decodeIdx", rule, got }, { byte }));

/** As `decodeIdx`, with what is wrong with the file as a value. */
export const parseIdx = (bytes: Uint8Array): Either<DataError, IdxArray> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = bytes.length < 4 ? undefined : kinds.get(view.getUint8(2));
  if (kind === undefined || view.getUint16(0) !== 0)
    return fail(
      "a file must begin with the magic number of IDX",
      `${[...bytes.subarray(0, 4)]}`,
      0,
    );
  const rank = view.getUint8(3);
  const start = 4 + rank * 4;
  if (bytes.length < start) return fail(`needs ${rank} sizes`, `${bytes.length} bytes`, 4);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + axis * 4));
  const length = shape.reduce((product, n) => product * n, 1);
  if (length * kind.bytes !== bytes.length - start)
    return fail(
      `an array of ${shape.join(" x ")} has ${length * kind.bytes} bytes`,
      `${bytes.length - start}`,
      start,
    );
  return right({ shape, data: kind.read(view, start, length) });
};

/**
 * An IDX file, such as those of MNIST (decompressed): https://yann.lecun.com/exdb/mnist. Throws DataError for other files and
 * for lengths that do not fit.
 *
 * ```ts doctest
 * import { decodeIdx } from "@adjoint/data";
 * const { shape, data } = decodeIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 30, 31));
 * [shape, [...data]]; // => [[2], [30, 31]]
 * ```
 */
export const decodeIdx = (bytes: Uint8Array): IdxArray => {
  const result = parseIdx(bytes);
  if (result._tag === "Left") throw result.left;
  return result.right;
};
