import type { Dataset } from "../dataset/dataset.ts";
import { workerScope } from "./internal/worker-scope.ts";
import { serveOn } from "./serve-on.ts";

/**
 * Gives the items of a dataset out of a worker of a browser to `fromWorker`: the last line of the worker's module. In Node
 * it is `serveDataset` of `@adjoint/data/node`.
 */
export const serveDataset = <T>(dataset: Dataset<T>): void => {
  const scope = workerScope();
  const take = serveOn(dataset, (answer) => {
    scope.postMessage(answer, []);
  });
  scope.addEventListener("message", ({ data }) => {
    take(data);
  });
};
