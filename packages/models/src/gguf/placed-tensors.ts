import type { ElementType } from "./element-types.ts";
import { invalid } from "./gguf-error.ts";
import type { GgufValue } from "./metadata.ts";

/** A tensor as a header has it. */
export type TensorEntry = {
  readonly shape: readonly number[];
  readonly element: ElementType;
  /** Bytes after the start of all data. */
  readonly offset: number;
};

/** A tensor and the bytes of the file that are its own. */
export type PlacedTensor<T extends TensorEntry> = T & {
  readonly name: string;
  readonly start: number;
  readonly end: number;
};

/** Bytes that a tensor takes. */
const bytesOf = (name: string, { shape, element }: TensorEntry): number => {
  const last = shape.at(-1) ?? 1;
  if (last % element.elements !== 0)
    throw invalid(`rows of "${name}" must be whole blocks of ${element.elements}`, String(last));
  return (shape.reduce((n, d) => n * d, 1) / element.elements) * element.bytes;
};

const isPowerOfTwo = (value: number): boolean =>
  Number.isInteger(value) && value > 0 && value <= 2 ** 31 && (value & (value - 1)) === 0;

/** What the format asks for, a multiple of 8, and what llama.cpp's reader does, a power of two. */
const alignmentOf = (metadata: ReadonlyMap<string, GgufValue>): number => {
  const value = metadata.get("general.alignment") ?? 32;
  if (typeof value === "number" && value >= 8 && isPowerOfTwo(value)) return value;
  throw invalid("general.alignment must be a power of two of at least 8", String(value));
};

const checkApart = (placed: readonly PlacedTensor<TensorEntry>[]): void => {
  const [first, ...others] = placed.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let last = first;
  for (const own of others) {
    if (last !== undefined && own.start < last.end)
      throw invalid(
        "each byte belongs to one tensor",
        `"${own.name}" from byte ${own.start} on, where "${last.name}" goes up to byte ${last.end}`,
        "the file is damaged; load another copy",
      );
    last = own;
  }
};

/**
 * Tensors with the bytes that are theirs: in the file, aligned, and no two over each other. Throws GgufError. `headerEnd` is the
 * byte after the header, `size` that after the file.
 */
export const placeTensors = <T extends TensorEntry>(
  entries: readonly (readonly [name: string, entry: T])[],
  metadata: ReadonlyMap<string, GgufValue>,
  { headerEnd, size }: { readonly headerEnd: number; readonly size: number },
): readonly PlacedTensor<T>[] => {
  const alignment = alignmentOf(metadata);
  const data = Math.ceil(headerEnd / alignment) * alignment;
  const placed = entries.map(([name, entry]) => {
    if (entry.offset % alignment !== 0)
      throw invalid(
        `the offset of "${name}" must be a multiple of the alignment ${alignment}`,
        String(entry.offset),
        "the file is damaged; load another copy",
      );
    const start = data + entry.offset;
    const end = start + bytesOf(name, entry);
    if (!(end <= size))
      throw invalid(
        `data of "${name}" must lie within the file`,
        `up to byte ${end} of ${size}`,
        "the file is truncated; load another copy",
      );
    return { ...entry, name, start, end };
  });
  checkApart(placed);
  return placed;
};
