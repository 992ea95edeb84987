import type { ColumnMetaData } from "hyparquet";
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { checkRuns, type Span, varInt } from "./check-runs.ts";

/** What the values of a page must fit. */
export type ValueRules = {
  readonly type: ColumnMetaData["type"];
  readonly fixedLength: number | undefined;
  /** How many entries the dictionary has; undefined when there was none. */
  readonly dictionary: number | undefined;
  /** What each entry of its own takes besides its bytes. */
  readonly entryBytes: number;
  /** Takes memory from what the row group may still become; throws when there is none left. */
  readonly spend: (bytes: number) => void;
};

const bitsOf = ({ type, fixedLength = 0 }: ValueRules): number =>
  ({
    BOOLEAN: 1,
    INT32: 32,
    FLOAT: 32,
    INT64: 64,
    DOUBLE: 64,
    INT96: 96,
    FIXED_LEN_BYTE_ARRAY: 8 * fixedLength,
    BYTE_ARRAY: 0,
  })[type];

const need = (what: string, bytes: number, { at, end }: Span): void => {
  if (bytes > end - at)
    throw new Error(`${what} need ${bytes} bytes, and there are ${Math.max(0, end - at)}`);
};

/** Texts and bytes, each with its length in four bytes before it. */
const checkByteArrays = (span: Span, count: number): void => {
  const view = new DataView(span.bytes.buffer, span.bytes.byteOffset, span.end);
  let { at } = span;
  for (let i = 0; i < count; i++) {
    need("lengths", 4, { ...span, at });
    const length = view.getUint32(at, true);
    need("values", length, { ...span, at: at + 4 });
    at += 4 + length;
  }
};

const checkPlain = (span: Span, count: number, rules: ValueRules): void => {
  if (rules.type === "BYTE_ARRAY") checkByteArrays(span, count);
  else need(`${count} values`, Math.ceil((count * bitsOf(rules)) / 8), span);
};

/** The head of delta-encoded numbers, which says how many there are and sizes that a decoder allocates. */
const checkDeltaHead = (span: Span, count: number): void => {
  const size = varInt(span);
  const blocks = varInt({ ...span, at: size.at });
  const total = varInt({ ...span, at: blocks.at });
  if (total.value !== count)
    throw new Error(`a page of ${total.value} deltas, and ${count} are due`);
  if (
    blocks.value === 0 ||
    blocks.value > 1024 ||
    size.value === 0 ||
    size.value % (blocks.value * 8) !== 0
  )
    throw new Error(`blocks of ${size.value} deltas in ${blocks.value} parts`);
};

/** Decodes lengths; where they end. */
const readLengths = (
  span: Span,
  count: number,
): { readonly lengths: Int32Array; readonly at: number } => {
  checkDeltaHead(span, count);
  const view = new DataView(span.bytes.buffer, span.bytes.byteOffset, span.end);
  const reader = { view, offset: span.at };
  const lengths = new Int32Array(count);
  deltaBinaryUnpack(reader, count, lengths);
  if (lengths.some((length) => length < 0)) throw new Error("a length is below 0");
  return { lengths, at: reader.offset };
};

const sum = (numbers: Int32Array): number => numbers.reduce((total, n) => total + n, 0);

const checkDeltaLengths = (span: Span, count: number): void => {
  const { lengths, at } = readLengths(span, count);
  need("values", sum(lengths), { ...span, at });
};

/** Values of which each takes its beginning from the one before, so that few bytes can become many. */
const checkDeltaBytes = (span: Span, count: number, rules: ValueRules): void => {
  const prefixes = readLengths(span, count);
  const suffixes = readLengths({ ...span, at: prefixes.at }, count);
  need("values", sum(suffixes.lengths), { ...span, at: suffixes.at });
  let [before, total] = [0, 0];
  for (const [i, prefix] of prefixes.lengths.entries()) {
    if (prefix > before) throw new Error(`a value takes ${prefix} bytes of one that has ${before}`);
    before = prefix + (suffixes.lengths[i] ?? 0);
    total += before;
  }
  rules.spend(total);
};

const checkIndices = (span: Span, count: number, dictionary: number | undefined): void => {
  if (dictionary === undefined) throw new Error("there is no dictionary");
  need("indices", 1, span);
  checkRuns({ ...span, at: span.at + 1 }, span.bytes[span.at] ?? 0, count, (index) => {
    if (index >= dictionary)
      throw new Error(`the index ${index} into a dictionary of ${dictionary}`);
  });
};

const checkBooleans = (span: Span, count: number): void => {
  need("runs", 4, span);
  checkRuns({ ...span, at: span.at + 4 }, 1, count, () => undefined);
};

/** Fails when `count` values in an encoding are not what is there, before a decoder allocates or loops for them. */
export const checkValues = (
  encoding: string,
  span: Span,
  count: number,
  rules: ValueRules,
): void => {
  if (count === 0) return;
  if (!encoding.endsWith("_DICTIONARY")) rules.spend(count * rules.entryBytes);
  if (encoding === "PLAIN" || encoding === "BYTE_STREAM_SPLIT") checkPlain(span, count, rules);
  else if (encoding.endsWith("_DICTIONARY")) checkIndices(span, count, rules.dictionary);
  else if (encoding === "RLE") checkBooleans(span, count);
  else if (encoding === "DELTA_BINARY_PACKED") checkDeltaHead(span, count);
  else if (encoding === "DELTA_LENGTH_BYTE_ARRAY") checkDeltaLengths(span, count);
  else if (encoding === "DELTA_BYTE_ARRAY") checkDeltaBytes(span, count, rules);
};
