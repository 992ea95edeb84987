import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset, DatasetState } from "../dataset/dataset.ts";
import { checkFunction, wholeNumber } from "../dataset/internal/settings.ts";
import { WorkerError } from "../errors.ts";
import { asItem } from "./internal/as-item.ts";
import type { WorkerAnswer, WorkerRequest } from "./messages.ts";

/** A worker: of a browser, or of Node's `worker_threads`. */
export type AnyWorker = {
  readonly postMessage: (message: WorkerRequest, transfer: never[]) => void;
  readonly terminate: () => unknown;
} & (
  | {
      readonly addEventListener: (
        type: "message" | "error" | "messageerror",
        listener: (event: { readonly data?: WorkerAnswer; readonly message?: string }) => void,
      ) => void;
    }
  | {
      readonly on: (
        type: "message" | "error" | "exit",
        listener: (value: WorkerAnswer & Error & number) => void,
      ) => unknown;
    }
);

/** How far a worker works ahead. */
export type FromWorkerOptions = {
  /** How many items it makes before they are asked for; 16 when absent. */
  readonly ahead?: number;
};

/** Tells of all that comes out of a worker, its own death included. */
const listen = (worker: AnyWorker, take: (answer: WorkerAnswer) => void): void => {
  const fail = (got: string): void => take({ kind: "failure", got });
  if ("on" in worker) {
    worker.on("message", take);
    worker.on("error", (error) => fail(`${error.name}: ${error.message}`));
    worker.on("exit", (code) => fail(`the worker ended with code ${code}`));
    return;
  }
  worker.addEventListener("message", ({ data }) => void (data !== undefined && take(data)));
  worker.addEventListener("error", ({ message }) => fail(message ?? "the worker could not start"));
  worker.addEventListener("messageerror", () => fail("an item could not be copied"));
};

/** Answers in the order in which they come, for one reader. */
const answersOf = (worker: AnyWorker): (() => Promise<WorkerAnswer>) => {
  const ready: WorkerAnswer[] = [];
  let waiting: ((answer: WorkerAnswer) => void) | undefined;
  listen(worker, (answer) => {
    const give = waiting;
    waiting = undefined;
    if (give === undefined) ready.push(answer);
    else give(answer);
  });
  return () => {
    const first = ready.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve) => {
      waiting = resolve;
    });
  };
};

async function* itemsOf<T>(
  make: () => AnyWorker,
  state: DatasetState,
  ahead: number,
): AsyncGenerator<Step<T>> {
  const worker = make();
  try {
    const next = answersOf(worker);
    worker.postMessage({ kind: "open", state }, []);
    worker.postMessage({ kind: "pull", count: ahead }, []);
    for (;;) {
      const answer = await next();
      if (answer.kind === "end") return;
      if (answer.kind === "failure")
        throw new WorkerError({
          operation: "fromWorker",
          rule: "the dataset in the worker must not fail",
          got: answer.got,
        });
      worker.postMessage({ kind: "pull", count: 1 }, []);
      yield { value: asItem<T>(answer.value), state: answer.state };
    }
  } finally {
    await worker.terminate();
  }
}

/**
 * The dataset that a worker gives out with `serveDataset`, computed on another thread while the reader works. Every reading
 * starts a worker and ends it; the state is that of the dataset in the worker. Items are copied as `structuredClone` does:
 * no functions, and objects get the usual prototype. Readers get WorkerError for failures in the worker.
 *
 * ```ts
 * // rows.worker.ts
 * serveDataset(pipe(jsonLines(urlSource("https://…")), map(tokenize), batch(32)));
 *
 * // anywhere else
 * const batches = fromWorker<Batch>(
 *   () => new Worker(new URL("./rows.worker.ts", import.meta.url), { type: "module" }),
 * );
 * ```
 */
export const fromWorker = <T>(
  make: () => AnyWorker,
  { ahead = 16 }: FromWorkerOptions = {},
): Dataset<T> => {
  checkFunction("fromWorker", "make", make);
  wholeNumber("fromWorker", "ahead", ahead, 1);
  return createDataset((state) => itemsOf<T>(make, state, ahead));
};
