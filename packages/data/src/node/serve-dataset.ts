import { ArgumentError } from "@adjoint/core";
import { parentPort } from "node:worker_threads";
import type { Dataset } from "../dataset/dataset.ts";
import { serveOn } from "../worker/serve-on.ts";

/**
 * Gives the items of a dataset out of a worker thread to `fromWorker`: the last line of the worker's module. Throws
 * ArgumentError outside of worker threads.
 */
export const serveDataset = <T>(dataset: Dataset<T>): void => {
  const port = parentPort;
  if (port === null)
    throw new ArgumentError({
      operation: "serveDataset",
      rule: "must be called in a worker thread",
      fix: "start the module with new Worker(…), in fromWorker",
    });
  port.on(
    "message",
    serveOn(dataset, (answer) => port.postMessage(answer)),
  );
};
