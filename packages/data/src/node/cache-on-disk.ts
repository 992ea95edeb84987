import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { deserialize, serialize } from "node:v8";
import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset, DatasetState } from "../dataset/dataset.ts";
import {
  stateAtMost,
  stateBelow,
  stateCount,
  stateFields,
} from "../dataset/internal/read-state.ts";
import { checkDataset } from "../dataset/internal/settings.ts";
import { DataError } from "../errors.ts";
import { joinBytes } from "../sources/internal/join-bytes.ts";
import { asItem } from "../worker/internal/as-item.ts";

const operation = "cacheOnDisk";

/**
 * A record is its length in 4 bytes and that many bytes, by node:v8, of an item and where the dataset below stood. A length
 * of 0 ends the file.
 */
type Stored = readonly [unknown, DatasetState];

const record = (stored: Stored): Uint8Array => {
  const body = serialize(stored);
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length);
  bytes.set(body, 4);
  return bytes;
};

const damaged = (path: string, byte: number, got: string): DataError =>
  new DataError(
    { operation, rule: "the file must be one that was written whole", got, fix: "delete it" },
    { source: path, byte },
  );

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The bytes of a file from `start`; fails when there are fewer. */
const readAt = async (file: FileHandle, path: string, start: number, length: number) => {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw damaged(path, start, `${done} of ${length} bytes`);
    done += bytesRead;
  }
  return bytes;
};

const parse = (path: string, byte: number, body: Uint8Array): Stored => {
  try {
    const stored: unknown = deserialize(body);
    if (Array.isArray(stored) && stored.length === 2) return asItem<Stored>(stored);
  } catch (cause) {
    throw damaged(path, byte, String(cause));
  }
  throw damaged(path, byte, "something else");
};

/** The items after the first `first` ones, of which the next is at byte `start`; 0 when that is not known. */
async function* replay<T>(path: string, first: number, start: number): AsyncGenerator<Step<T>> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    let at = stateAtMost(operation, "byte", start, size);
    for (let index = start === 0 ? 1 : first + 1; ; index++) {
      const head = await readAt(file, path, at, 4);
      const length = new DataView(head.buffer).getUint32(0);
      if (length === 0 && at + 4 === size) return;
      if (length === 0 || length > size - at - 4)
        throw damaged(path, at, `a record of ${length} bytes`);
      const [value, of] = parse(path, at, await readAt(file, path, at + 4, length));
      at += 4 + length;
      if (index > first) yield { value: asItem<T>(value), state: { index, byte: at, of } };
    }
  } finally {
    await file.close();
  }
}

/** Reads the dataset below and writes as it goes; the file is there once all of it is. */
async function* fill<T>(dataset: Dataset<T>, path: string): AsyncGenerator<Step<T>> {
  const draft = `${path}.${randomUUID()}.partial`;
  await mkdir(dirname(path), { recursive: true });
  const file = await open(draft, "wx");
  let isWhole = false;
  try {
    const upstream = dataset.open();
    let index = 0;
    let byte = 0;
    let waiting: Uint8Array[] = [];
    let written = 0;
    for await (const value of upstream) {
      const bytes = record([value, upstream.state()]);
      waiting.push(bytes);
      index++;
      byte += bytes.length;
      if (byte - written > 2 ** 16) {
        await file.appendFile(joinBytes(waiting));
        waiting = [];
        written = byte;
      }
      yield { value, state: { index, byte, of: upstream.state() } };
    }
    await file.appendFile(joinBytes([...waiting, new Uint8Array(4)]));
    isWhole = true;
  } finally {
    await file.close();
    await (isWhole ? rename(draft, path) : rm(draft, { force: true }));
  }
}

async function* passOn<T>(
  dataset: Dataset<T>,
  first: number,
  of: DatasetState,
): AsyncGenerator<Step<T>> {
  const upstream = dataset.open(of);
  let index = first;
  for await (const value of upstream)
    yield { value, state: { index: ++index, byte: 0, of: upstream.state() } };
}

/**
 * Keeps the items in a file once they were read to the end, so that later readings, in other processes too, cost only the
 * reading of it. It does not notice that the dataset below changed: delete the file then. A reading that goes on from a state
 * before the file is there reads the dataset below. Items are stored by node:v8, so functions cannot be. Readers get
 * DataError for a file that was damaged.
 *
 * ```ts doctest
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { collect, fromArray, map, pipe } from "@adjoint/data";
 * import { cacheOnDisk } from "@adjoint/data/node";
 * const path = join(await mkdtemp(join(tmpdir(), "adjoint-")), "rows.cache");
 * let work = 0;
 * const rows = pipe(fromArray([1, 2]), map((n) => { work++; return { n }; }), cacheOnDisk(path));
 * await collect(rows); // => [{ n: 1 }, { n: 2 }]
 * await collect(rows); // => [{ n: 1 }, { n: 2 }]
 * work; // => 2
 * ```
 */
export const cacheOnDisk =
  <A>(path: string): ((dataset: Dataset<A>) => Dataset<A>) =>
  (dataset) => {
    checkDataset(operation, dataset);
    async function* run(index: number, byte: number, of: DatasetState): AsyncGenerator<Step<A>> {
      const isKept = await exists(path);
      if (isKept) yield* replay<A>(path, index, byte);
      else yield* index === 0 ? fill(dataset, path) : passOn(dataset, index, of);
    }
    return createDataset((state) => {
      const fields = stateFields(operation, state);
      const index = stateCount(operation, fields, "index");
      return run(index, stateCount(operation, fields, "byte"), stateBelow(operation, fields, "of"));
    });
  };
