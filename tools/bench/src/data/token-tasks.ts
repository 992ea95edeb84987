import { openSync, readSync, closeSync, statSync } from "node:fs";
import { join } from "node:path";
import { planPacking } from "@adjoint/data";
import { readTokenStore } from "@adjoint/data/node";
import type { Inputs } from "./inputs.ts";
import type { Task, Work } from "./task.ts";

const windows = 4000;
const windowLength = 1024;
const headerBytes = 64;

/** The same places in every run. */
const placesIn = (tokens: number): number[] =>
  Array.from({ length: windows }, (_, i) => (i * 7_368_787) % (tokens - windowLength));

const readWindows = async (folder: string): Promise<number> => {
  const store = await readTokenStore(folder);
  let sum = 0;
  for (const place of placesIn(store.tokenCount))
    sum += (await store.tokens(place, windowLength))[0] ?? 0;
  await store.close();
  return sum;
};

/** What a page of own code would do: the bytes of the one shard at their place. */
const readPlainly = (path: string, tokens: number): number => {
  const file = openSync(path, "r");
  let sum = 0;
  for (const place of placesIn(tokens)) {
    const window = new Uint16Array(windowLength);
    readSync(file, window, 0, window.byteLength, headerBytes + 2 * place);
    sum += Int32Array.from(window)[0] ?? 0;
  }
  closeSync(file);
  return sum;
};

/** Best fit, longest first, by looking at every open row. */
const packPlainly = (lengths: readonly number[], length: number): number => {
  const free: number[] = [];
  for (const need of lengths.map((n) => Math.min(n, length)).toSorted((a, b) => b - a)) {
    let best = -1;
    for (const [i, space] of free.entries())
      if (space >= need && (best === -1 || space < (free[best] ?? 0))) best = i;
    if (best === -1) free.push(length - need);
    else free[best] = (free[best] ?? 0) - need;
  }
  return free.length;
};

/** Random windows of a token store, and the packing of documents into rows. */
export const tokenTasks = async ({ paths, texts }: Inputs): Promise<readonly Task[]> => {
  const store = await readTokenStore(paths.tokens);
  const { tokenCount } = store;
  await store.close();
  const shard = join(paths.tokens, "00000.tokens");
  const lengths = texts.map((text) => 1 + ((text.length * 37) % 700));
  const packed = (2 * lengths.reduce((sum, n) => sum + n, 0)) / 1e6;
  return [
    {
      name: "token-windows",
      megabytes: (windows * windowLength * 2) / 1e6,
      engines: new Map<string, Work>([
        ["adjoint", () => readWindows(paths.tokens)],
        ["node-read-sync", () => readPlainly(shard, statSync(shard).size > 0 ? tokenCount : 0)],
      ]),
    },
    {
      name: "packing",
      megabytes: packed,
      engines: new Map<string, Work>([
        ["adjoint", () => planPacking(lengths, { length: 1024 }).length],
        ["node-linear-search", () => packPlainly(lengths, 1024)],
      ]),
    },
  ];
};
