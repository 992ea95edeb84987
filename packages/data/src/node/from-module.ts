import { Worker } from "node:worker_threads";
import type { Dataset } from "../dataset/dataset.ts";
import { fromWorker, type FromWorkerOptions } from "../worker/from-worker.ts";

/** Which export of a module is read, and how far ahead. */
export type FromModuleOptions = FromWorkerOptions & {
  /** The name of the export that is a dataset; "dataset" when absent. */
  readonly name?: string;
};

/** What the thread runs: it joins what answers requests and the user's module, neither of which knows of the other. */
const program = `
const { parentPort, workerData } = require("node:worker_threads");
Promise.all([import(workerData.serve), import(workerData.module)]).then(([{ serveOn }, module]) => {
  const dataset = module[workerData.name];
  if (typeof dataset?.open !== "function") throw new TypeError(workerData.module + " exports no dataset " + workerData.name);
  parentPort.on("message", serveOn(dataset, (answer) => parentPort.postMessage(answer)));
});
`;

/** Beside this module, as source or built. */
const serveOnUrl = (): string => {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`../worker/serve-on.${ending}`, import.meta.url).href;
};

/**
 * The dataset that a module exports, read on a worker thread of Node; see `fromWorker`. The module must be one that Node
 * itself can import.
 *
 * ```ts doctest
 * import { mkdtemp, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { pathToFileURL } from "node:url";
 * import { collect } from "@adjoint/data";
 * import { fromModule } from "@adjoint/data/node";
 * const path = join(await mkdtemp(join(tmpdir(), "adjoint-")), "squares.mjs");
 * const data = import.meta.resolve("@adjoint/data");
 * await writeFile(path, `
 *   import { fromIndexed } from ${JSON.stringify(data)};
 *   export const squares = fromIndexed(4, (i) => i * i);
 * `);
 * await collect(fromModule<number>(pathToFileURL(path), { name: "squares" })); // => [0, 1, 4, 9]
 * ```
 */
export const fromModule = <T>(
  module: URL,
  { name = "dataset", ...options }: FromModuleOptions = {},
): Dataset<T> => {
  const workerData = { serve: serveOnUrl(), module: module.href, name };
  return fromWorker<T>(() => new Worker(program, { eval: true, workerData }), options);
};
