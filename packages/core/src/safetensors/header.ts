import { sizeOf } from "../shape.ts";
import { type FileType, readableTypes } from "./elements.ts";
import { invalid } from "./format-error.ts";

/** Free text stored in the header. */
export type Metadata = Readonly<Record<string, string>>;

/** What the header says of a tensor: where its bytes are, counted from the end of the header. */
export type Entry = {
  readonly type: FileType;
  readonly shape: readonly number[];
  readonly range: readonly [start: number, end: number];
};

/** What a header says. */
export type Header = { readonly entries: ReadonlyMap<string, Entry>; readonly metadata: Metadata };

/** Largest header accepted, as in the reference implementation. */
const maxHeaderBytes = 100_000_000;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

/** Bytes of the header, from the first eight bytes of a file of `fileBytes`. */
export const headerLength = (first: Uint8Array, fileBytes: number): number => {
  if (first.length < 8)
    throw invalid("a file starts with an 8-byte header length", `${first.length} bytes`);
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  if (length > maxHeaderBytes || 8 + length > fileBytes)
    throw invalid(
      "the header must lie within the file",
      `${length} bytes of header in ${fileBytes} bytes`,
      "the file is truncated or is not safetensors",
    );
  return length;
};

const parseJson = (bytes: Uint8Array): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isRecord(parsed)) return parsed;
  } catch (error) {
    throw invalid(
      "the header must be JSON",
      String(error),
      "the file is damaged; load another copy",
    );
  }
  throw invalid("the header must be a JSON object", "another JSON value");
};

const parseEntry = (name: string, entry: unknown): Entry => {
  if (
    !isRecord(entry) ||
    !isSizes(entry["shape"]) ||
    !isSizes(entry["data_offsets"]) ||
    typeof entry["dtype"] !== "string"
  )
    throw invalid(`entry "${name}" needs dtype, shape and data_offsets`, JSON.stringify(entry));
  const type = readableTypes.get(entry["dtype"]);
  if (type === undefined)
    throw invalid(
      `dtype of "${name}" must be one of ${[...readableTypes.keys()].join(", ")}`,
      entry["dtype"],
    );
  const [start = -1, end = -1] = entry["data_offsets"];
  const { shape } = entry;
  if (end < start || end - start !== sizeOf(shape) * type.bytes)
    throw invalid(
      `data of "${name}" must fill its offsets`,
      `${end - start} bytes for ${entry["dtype"]}[${shape.join(",")}]`,
    );
  return { type, shape, range: [start, end] };
};

const parseMetadata = (value: unknown): Metadata => {
  if (value === undefined) return {};
  if (!isRecord(value)) throw invalid("__metadata__ must be an object of strings", typeof value);
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, String(v)]));
};

/** Reads a header; throws SafetensorsError for anything that is not one. */
export const parseHeader = (bytes: Uint8Array): Header => {
  const { __metadata__: metadata, ...entries } = parseJson(bytes);
  return {
    entries: new Map(
      Object.entries(entries).map(([name, entry]) => [name, parseEntry(name, entry)]),
    ),
    metadata: parseMetadata(metadata),
  };
};

/** Checks that the data of all entries fills `bytes` without holes or overlaps. */
export const checkEnd = (entries: ReadonlyMap<string, Entry>, bytes: number): void => {
  let covered = 0;
  const ordered = [...entries].sort(
    ([, { range: a }], [, { range: b }]) => a[0] - b[0] || a[1] - b[1],
  );
  for (const [name, { range }] of ordered) {
    const [start, end] = range;
    if (end > bytes)
      throw invalid(
        `data of "${name}" must lie within the file`,
        `up to byte ${end} of ${bytes}`,
        "the file is truncated; load another copy",
      );
    if (start !== covered)
      throw invalid(
        "data must be stored without holes or overlaps",
        `a tensor at byte ${start} where ${covered} was expected`,
      );
    covered = end;
  }
  if (covered !== bytes)
    throw invalid("data must end where the last tensor ends", `${bytes - covered} bytes more`);
};
