import { fromFloat16Bits } from "@adjoint/core/bytes";

/** How elements are stored: blocks of some elements in some bytes. */
export type ElementType = {
  readonly name: string;
  /** Elements of a block. */
  readonly elements: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Writes the elements of the block that starts at byte `at` to `out`, from `to` on. */
  readonly decode: (view: DataView, at: number, out: Float32Array, to: number) => void;
};

const half = (view: DataView, at: number): number => fromFloat16Bits(view.getUint16(at, true));

const plain = (
  name: string,
  bytes: number,
  read: (view: DataView, at: number) => number,
): ElementType => ({
  name,
  elements: 1,
  bytes,
  decode: (view, at, out, to) => {
    out[to] = read(view, at);
  },
});

const bfloat = new DataView(new ArrayBuffer(4));

const bfloatValue = (view: DataView, at: number): number => {
  bfloat.setUint16(0, view.getUint16(at, true));
  return bfloat.getFloat32(0);
};

/** 32 signed bytes times a scale. */
const q8: ElementType = {
  name: "Q8_0",
  elements: 32,
  bytes: 34,
  decode: (view, at, out, to) => {
    const scale = half(view, at);
    for (let i = 0; i < 32; i++) out[to + i] = scale * view.getInt8(at + 2 + i);
  },
};

/** 32 numbers of four bits: the first 16 in the lower halves of 16 bytes, the others in the upper ones. */
const nibbles = (
  view: DataView,
  at: number,
  out: Float32Array,
  to: number,
  value: (q: number) => number,
): void => {
  for (let i = 0; i < 16; i++) {
    const byte = view.getUint8(at + i);
    out[to + i] = value(byte & 15);
    out[to + 16 + i] = value(byte >>> 4);
  }
};

const q4: ElementType = {
  name: "Q4_0",
  elements: 32,
  bytes: 18,
  decode: (view, at, out, to) => {
    const scale = half(view, at);
    nibbles(view, at + 2, out, to, (q) => scale * (q - 8));
  },
};

const q41: ElementType = {
  name: "Q4_1",
  elements: 32,
  bytes: 20,
  decode: (view, at, out, to) => {
    const [scale, least] = [half(view, at), half(view, at + 2)];
    nibbles(view, at + 4, out, to, (q) => scale * q + least);
  },
};

/** Scale and minimum of the part `j` of a block, six bits each, of which the last parts have two bits elsewhere. */
const scaleAndLeast = (view: DataView, at: number, j: number): readonly [number, number] => {
  const byte = (i: number): number => view.getUint8(at + i);
  if (j < 4) return [byte(j) & 63, byte(j + 4) & 63];
  return [
    (byte(j + 4) & 15) | ((byte(j - 4) >>> 6) << 4),
    (byte(j + 4) >>> 4) | ((byte(j) >>> 6) << 4),
  ];
};

/** 256 numbers of four bits in 8 parts; scales and minima of the parts have scales of their own. */
const q4k: ElementType = {
  name: "Q4_K",
  elements: 256,
  bytes: 144,
  decode: (view, at, out, to) => {
    const [scale, least] = [half(view, at), half(view, at + 2)];
    for (let j = 0; j < 8; j++) {
      const [s, m] = scaleAndLeast(view, at + 4, j);
      const [d, offset] = [Math.fround(scale * s), Math.fround(least * m)];
      const from = at + 16 + 32 * (j >>> 1);
      for (let i = 0; i < 32; i++) {
        const q = (view.getUint8(from + i) >>> (4 * (j & 1))) & 15;
        out[to + 32 * j + i] = Math.fround(d * q) - offset;
      }
    }
  },
};

/** 256 numbers of six bits (four and two apart) in 16 parts with signed scales. */
const q6k: ElementType = {
  name: "Q6_K",
  elements: 256,
  bytes: 210,
  decode: (view, at, out, to) => {
    const scale = half(view, at + 208);
    for (let i = 0; i < 256; i++) {
      const [far, near] = [i >>> 7, i & 127]; // two halves of 128, each in four runs of 32
      const low = view.getUint8(at + 64 * far + (near & 63)) >>> (4 * (near >>> 6));
      const high = view.getUint8(at + 128 + 32 * far + (near & 31)) >>> (2 * (near >>> 5));
      const q = ((low & 15) | ((high & 3) << 4)) - 32;
      const part = view.getInt8(at + 192 + (i >>> 4));
      out[to + i] = Math.fround(scale * part) * q;
    }
  },
};

/**
 * Element types by their number in a file. Layouts: ggml's `block_q4_0`, `block_q4_1`, `block_q8_0`, `block_q4_K`, `block_q6_K`
 * (https://github.com/ggml-org/ggml, ggml-common.h).
 */
export const elementTypes: ReadonlyMap<number, ElementType> = /* @__PURE__ */ new Map([
  [0, plain("F32", 4, (view, at) => view.getFloat32(at, true))],
  [1, plain("F16", 2, half)],
  [2, q4],
  [3, q41],
  [8, q8],
  [12, q4k],
  [14, q6k],
  [30, plain("BF16", 2, bfloatValue)],
]);
