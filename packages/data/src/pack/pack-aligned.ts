import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset, DatasetState } from "../dataset/dataset.ts";
import { permutation } from "../dataset/internal/permutation.ts";
import { type KeyLike, keyWords } from "../dataset/internal/random.ts";
import { stateCount, stateFields } from "../dataset/internal/read-state.ts";
import { wholeNumber } from "../dataset/internal/settings.ts";
import { DatasetStateError } from "../errors.ts";
import type { Example } from "./example.ts";
import { type DocumentBuffer, documentBuffer } from "./internal/document-buffer.ts";
import { type PackedRow, packRow } from "./packed-row.ts";
import type { Piece } from "./piece.ts";
import { checkRowLength } from "./plan-packing.ts";

/** Documents that can be read by number; a `TokenStore` is one. */
export type DocumentSource = {
  readonly documentCount: number;
  readonly document: (i: number) => Example | Int32Array | Promise<Example | Int32Array>;
};

/** Settings of `packAligned`. */
export type AlignedOptions = {
  /** Tokens of a row: T + 1, when a model is to have T inputs. */
  readonly length: number;
  /** Documents to choose from at a time; 1000 when absent. */
  readonly buffer?: number;
  /**
   * What fills the rest of a row when no document fits: the beginning of the shortest one, whose end is lost (`crop`,
   * when absent), or nothing (`pad`); then only what is longer than a row is cut.
   */
  readonly rest?: "crop" | "pad";
  /** Takes the documents in the random order of this key; in their own order when absent. */
  readonly key?: KeyLike;
};

/** Where it stands: the next document to read, and those that wait. */
type Place = { readonly next: number; readonly waiting: readonly number[] };

const isIndices = (x: unknown, count: number): x is readonly number[] =>
  Array.isArray(x) && x.every((i) => Number.isSafeInteger(i) && i >= 0 && i < count);

const readPlace = (state: DatasetState, count: number): Place => {
  const fields = stateFields("packAligned", state);
  if (fields === undefined) return { next: 0, waiting: [] };
  const waiting: unknown = fields["waiting"];
  const next = stateCount("packAligned", fields, "next");
  if (isIndices(waiting, count) && next <= count) return { next, waiting };
  throw new DatasetStateError({
    operation: "packAligned",
    rule: `a state must have documents of ${count} that wait, and the next one`,
    got: JSON.stringify(state).slice(0, 200),
  });
};

const asExample = (document: Example | Int32Array): Example =>
  document instanceof Int32Array ? { ids: document } : document;

/** One row: the longest that fits, again and again, then the rest. */
const fillRow = async (
  buffer: DocumentBuffer,
  refill: () => Promise<void>,
  { length, rest }: { readonly length: number; readonly rest: "crop" | "pad" },
): Promise<PackedRow> => {
  const examples: Example[] = [];
  const pieces: Piece[] = [];
  const documents: number[] = [];
  for (let space = length; space > 0;) {
    await refill();
    const fitting = buffer.takeAtMost(space);
    const cuts = rest === "crop" || space === length;
    const held = fitting ?? (cuts ? buffer.takeShortest() : undefined);
    if (held === undefined) break;
    const taken = Math.min(space, held.example.ids.length);
    pieces.push({ document: examples.push(held.example) - 1, start: 0, length: taken });
    documents.push(held.index);
    space -= taken;
  }
  return { ...packRow(examples, pieces), documents: Int32Array.from(documents) };
};

/**
 * Rows that begin with the beginning of a document, as nanochat packs: of a buffer of documents the longest that fits,
 * again and again; when none fits, the shortest is cropped to fill the row (or the rest stays empty, as it packs
 * conversations). Every token then sees its document from the start. Documents should begin with their start token. One
 * pass over the documents; the last rows may be short. Its state holds the numbers of the documents that wait. Takes
 * O(log length) per document.
 * @see https://github.com/karpathy/nanochat/blob/92d63d4/nanochat/dataloader.py
 *
 * ```ts doctest
 * import { collect, packAligned } from "@adjoint/data";
 * const lengths = [3, 6, 2];
 * const documents = { documentCount: 3, document: (i: number) => new Int32Array(lengths[i] ?? 0).fill(i) };
 * const rows = await collect(packAligned(documents, { length: 4 }));
 * rows.map((row) => [...row.ids]); // => [[0, 0, 0, 2], [1, 1, 1, 1]]
 * ```
 */
export const packAligned = (
  source: DocumentSource,
  { length, buffer: size = 1000, rest = "crop", key }: AlignedOptions,
): Dataset<PackedRow> => {
  checkRowLength("packAligned", length);
  wholeNumber("packAligned", "buffer", size, 1);
  const count = source.documentCount;
  const words = key === undefined ? undefined : keyWords("packAligned", key);
  async function* rows(start: Place): AsyncGenerator<Step<PackedRow>> {
    const order =
      words === undefined ? (i: number): number => i : permutation(count, await words());
    const buffer = documentBuffer(length);
    let [next, came] = [start.next, 0];
    const hold = async (index: number): Promise<void> => {
      const example = asExample(await source.document(index));
      if (example.ids.length > 0) buffer.add({ index, order: came++, example });
    };
    for (const index of start.waiting) await hold(index);
    const refill = async (): Promise<void> => {
      while (buffer.size() < size && next < count) await hold(order(next++));
    };
    for (;;) {
      const value = await fillRow(buffer, refill, { length, rest });
      if (value.ids.length === 0) return;
      yield { value, state: { next, waiting: buffer.indices() } };
    }
  }
  return createDataset((state) => rows(readPlace(state, count)));
};
