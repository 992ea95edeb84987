/** Bytes of a page, from `at` up to, not including, `end`. */
export type Span = { readonly bytes: Uint8Array; readonly at: number; readonly end: number };

/** The number at `at` in the base-128 form of Thrift, and where it ends. */
export const varInt = ({
  bytes,
  at,
  end,
}: Span): { readonly value: number; readonly at: number } => {
  let value = 0;
  for (let i = 0; i < 5 && at + i < end; i++) {
    const byte = bytes[at + i] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, at: at + i + 1 };
  }
  throw new Error(`a number at byte ${at} of a page has no end`);
};

/** The `width` bits from `bit` on, lowest first. */
const unpack = (bytes: Uint8Array, bit: number, width: number): number => {
  const shift = bit & 7;
  let value = 0;
  let scale = 1;
  for (let at = bit >>> 3; at * 8 < bit + width; at++) {
    value += (bytes[at] ?? 0) * scale;
    scale *= 256;
  }
  return Math.floor(value / 2 ** shift) % 2 ** width;
};

const mostFilling = 512;

/**
 * Reads `count` numbers of `width` bits in Parquet's mix of runs and packed groups of eight, and gives each run to `visit`; fails for runs
 * that are longer than what is left of the count or of the bytes, before anything is made of them.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/ (RLE)
 */
export const checkRuns = (
  { bytes, at: start, end }: Span,
  width: number,
  count: number,
  visit: (value: number, times: number) => void,
): void => {
  if (width > 32) throw new Error(`numbers of ${width} bits`);
  let at = start;
  for (let left = count; left > 0;) {
    const head = varInt({ bytes, at, end });
    at = head.at;
    const isPacked = head.value % 2 === 1;
    const length = Math.floor(head.value / 2) * (isPacked ? 8 : 1);
    const size = isPacked ? Math.ceil((Math.min(length, left) * width) / 8) : Math.ceil(width / 8);
    if (size > end - at)
      throw new Error(`a run of ${length} values has ${end - at} bytes, and needs ${size}`);
    // groups of eight may be filled up at the end, and some writers fill up whole blocks
    if (length > left + (isPacked ? mostFilling : 0))
      throw new Error(`a run of ${length} values where ${left} are left`);
    if (isPacked)
      for (let i = 0; i < Math.min(length, left); i++)
        visit(unpack(bytes, at * 8 + i * width, width), 1);
    else visit(unpack(bytes, at * 8, size * 8), length);
    at += isPacked ? (length * width) / 8 : size;
    left -= Math.min(length, left);
  }
};
