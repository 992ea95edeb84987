import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset, DatasetIterator, DatasetState } from "../dataset/dataset.ts";
import { stateBelow, stateCount, stateFields } from "../dataset/internal/read-state.ts";
import { checkDataset, wholeNumber } from "../dataset/internal/settings.ts";
import type { Example } from "./example.ts";
import { type PackedRow, packRow } from "./packed-row.ts";
import type { Piece } from "./piece.ts";
import { checkRowLength, type PackingOptions, planPacking } from "./plan-packing.ts";

/** Settings of `pack`. */
export type PackOptions = PackingOptions & {
  /** Documents that `bfd` and `bfd_split` choose among at a time; 1000 when absent, as TRL's. */
  readonly buffer?: number;
};

/** Where packing stands: the state below before document `document`, and how much of what follows was given out. */
type Place = { readonly of: DatasetState; readonly document: number; readonly done: number };

const readPlace = (state: DatasetState): Place => {
  const fields = stateFields("pack", state);
  return {
    of: stateBelow("pack", fields, "of"),
    document: stateCount("pack", fields, "document"),
    done: stateCount("pack", fields, "done"),
  };
};

const readMany = async (
  upstream: DatasetIterator<Example>,
  count: number,
): Promise<readonly Example[]> => {
  const examples: Example[] = [];
  while (examples.length < count) {
    const result = await upstream.next();
    if (result.done === true) break;
    examples.push(result.value);
  }
  return examples;
};

/** A buffer of documents at a time, each packed on its own; `done` counts the rows of the buffer. */
async function* fitted(
  upstream: DatasetIterator<Example>,
  options: PackOptions & { readonly buffer: number },
  start: Place,
): AsyncGenerator<Step<PackedRow>> {
  let place = start;
  try {
    for (;;) {
      const examples = await readMany(upstream, options.buffer);
      if (examples.length === 0) return;
      const rows = planPacking(
        examples.map(({ ids }) => ids.length),
        options,
      );
      const next = { of: upstream.state(), document: place.document + examples.length, done: 0 };
      for (let row = place.done; row < rows.length; row++) {
        const value = packRow(examples, rows[row] ?? [], place.document);
        yield { value, state: row + 1 < rows.length ? { ...place, done: row + 1 } : next };
      }
      place = next;
    }
  } finally {
    await upstream.return();
  }
}

/** Rows cut from the line of documents; `done` counts the tokens of the document that a row ended in. */
async function* wrapped(
  upstream: DatasetIterator<Example>,
  length: number,
  start: Place,
): AsyncGenerator<Step<PackedRow>> {
  let [place, space] = [start, length];
  let held: Example[] = [];
  let pieces: Piece[] = [];
  try {
    for await (const example of upstream) {
      held.push(example);
      for (let from = place.done; from < example.ids.length;) {
        const taken = Math.min(space, example.ids.length - from);
        pieces.push({ document: held.length - 1, start: from, length: taken });
        [from, space] = [from + taken, space - taken];
        if (space > 0) continue;
        const value = packRow(held, pieces, place.document - held.length + 1);
        const isDone = from === example.ids.length;
        const next = { of: upstream.state(), document: place.document + 1, done: 0 };
        yield { value, state: isDone ? next : { ...place, done: from } };
        [pieces, space, held] = [[], length, [example]];
      }
      place = { of: upstream.state(), document: place.document + 1, done: 0 };
      if (pieces.length === 0) held = [];
    }
    if (pieces.length === 0) return;
    yield { value: packRow(held, pieces, place.document - held.length), state: place };
  } finally {
    await upstream.return();
  }
}

/**
 * Packs a stream of documents into rows, as `planPacking` does for a list: `wrapped` holds one row at a time, the
 * others `buffer` documents (each buffer is packed on its own, as TRL packs batches of 1000). Goes on from any row.
 *
 * ```ts doctest
 * import { collect, fromArray, pack, pipe } from "@adjoint/data";
 * const documents = fromArray([[1, 2, 3], [4, 5, 6, 7], [8]].map((ids) => ({ ids: Int32Array.from(ids) })));
 * const rows = await collect(pipe(documents, pack({ length: 4 })));
 * rows.map((row) => [...row.ids]); // => [[4, 5, 6, 7], [1, 2, 3, 8]]
 * ```
 */
export const pack = (options: PackOptions): ((dataset: Dataset<Example>) => Dataset<PackedRow>) => {
  const { length, strategy = "bfd", buffer = 1000 } = options;
  checkRowLength("pack", length);
  planPacking([], options); // refuses a strategy that there is not
  wholeNumber("pack", "buffer", buffer, 1);
  return (dataset) => {
    checkDataset("pack", dataset);
    return createDataset((state) => {
      const place = readPlace(state);
      const upstream = dataset.open(place.of);
      return strategy === "wrapped"
        ? wrapped(upstream, length, place)
        : fitted(upstream, { ...options, buffer }, place);
    });
  };
};
