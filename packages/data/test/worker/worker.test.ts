import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { ArgumentError } from "@adjoint/core";
import {
  collect,
  DataError,
  type Dataset,
  DatasetStateError,
  fromArray,
  fromIndexed,
  fromWorker,
  map,
  pipe,
  WorkerError,
} from "@adjoint/data";
import { cacheOnDisk, fromModule, serveDataset } from "@adjoint/data/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resumesEverywhere } from "../formats/support.ts";
import { dataset } from "./support/numbers.mjs";

const module = new URL("./support/numbers.mjs", import.meta.url);
const own = dataset as Dataset<{ readonly i: number; readonly data: Float32Array }>;

// threads resolve the packages to their sources, as the tests do
beforeAll(() => void (process.env["NODE_OPTIONS"] = "--conditions=@adjoint/source"));

const read = <T>(name: string): Dataset<T> =>
  fromModule<T>(new URL("./support/odd.mjs", import.meta.url), { name, ahead: 4 });

describe("datasets in threads", () => {
  it("gives the items of a module's dataset, and goes on from its states", async () => {
    const there = fromModule<{ i: number }>(module, { ahead: 4 });
    const all = await collect(own);
    const iterator = there.open();
    for (let i = 0; i < 150; i++)
      expect(await iterator.next()).toEqual({ done: false, value: all[i] });
    const state = iterator.state();
    await iterator.return();
    expect(state).toEqual({ index: 150 });
    expect(await collect(there.open(state))).toEqual(all.slice(150));
    expect(await collect(own.open(state))).toEqual(all.slice(150));
  });

  it("tells of failures after the items before them", async () => {
    const items: number[] = [];
    const reading = async () => {
      for await (const item of read<number>("failing")) items.push(item);
    };
    await expect(reading()).rejects.toThrow(/RangeError: no more than three/);
    expect(items).toEqual([0, 1, 2]);
    await expect(collect(read("uncopyable"))).rejects.toThrow(WorkerError);
    await expect(collect(read("deadly"))).rejects.toThrow(/ended with code 3/);
    await expect(collect(read("missing"))).rejects.toThrow(/exports no dataset missing/);
    await expect(collect(fromModule(module).open("strange"))).rejects.toThrow(/DatasetStateError/);
    await expect(collect(fromModule(new URL("./nowhere.mjs", import.meta.url)))).rejects.toThrow(
      WorkerError,
    );
  });

  it("works no further ahead than asked for, and ends with the reader", async () => {
    const workers: Worker[] = [];
    let exits = 0;
    const posted: unknown[] = [];
    const spied = fromWorker<number>(
      () => {
        const worker = new Worker(
          `require("node:worker_threads").parentPort.on("message", (m) => { if (m.kind === "pull") for (let i = 0; i < m.count; i++) require("node:worker_threads").parentPort.postMessage({ kind: "item", value: 7, state: null }); });`,
          { eval: true },
        );
        worker.on("message", (message) => posted.push(message));
        worker.on("exit", () => exits++);
        workers.push(worker);
        return worker;
      },
      { ahead: 5 },
    );
    const iterator = spied.open();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(posted.length).toBe(6);
    await iterator.return();
    expect([workers.length, exits]).toEqual([1, 1]);
  });

  it("refuses bad settings", () => {
    expect(() => fromModule(module, { ahead: 0 })).toThrow(ArgumentError);
    expect(() => serveDataset(own)).toThrow(/worker thread/);
  });
});

describe("a cache on disk", () => {
  let root = "";
  beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "adjoint-cache-"))));
  afterAll(() => rm(root, { recursive: true }));

  it("reads the dataset below once, and resumes before and after that", async () => {
    const path = join(root, "deep", "rows");
    let work = 0;
    const make = () =>
      pipe(
        fromIndexed(40, (i) => i),
        map((i) => {
          work++;
          return { i, set: new Set([i]), data: Float32Array.of(i) };
        }),
        cacheOnDisk(path),
      );
    const iterator = make().open();
    for (let i = 0; i < 7; i++) await iterator.next();
    const early = iterator.state();
    await iterator.return();
    expect(await readdir(join(root, "deep"))).toEqual([]); // a part is no cache
    const rest = make().open(early);
    await rest.next();
    const between = rest.state(); // read below, so it knows no place in the file
    await rest.return();
    const all = await collect(make());
    work = 0;
    expect(await collect(make())).toEqual(all);
    expect(await collect(make().open(early))).toEqual(all.slice(7));
    expect(await collect(make().open(between))).toEqual(all.slice(8));
    await resumesEverywhere(make);
    expect(work).toBe(0);
    expect(await readdir(join(root, "deep"))).toEqual(["rows"]);
  });

  it("notices damage and states of another file", async () => {
    const path = join(root, "damaged");
    const make = () => pipe(fromArray(["one", "two", "three"]), cacheOnDisk(path));
    await collect(make());
    const whole = await readFile(path);
    for (let cut = 1; cut < whole.length; cut++) {
      await writeFile(path, whole.subarray(0, cut));
      await expect(collect(make())).rejects.toThrow(DataError);
    }
    await writeFile(
      path,
      whole.map((byte, i) => (i === 6 ? byte ^ 0xff : byte)),
    );
    await expect(collect(make())).rejects.toThrow(DataError);
    await expect(collect(make().open({ index: 1, byte: 9999, of: null }))).rejects.toThrow(
      DatasetStateError,
    );
  });
});
