import type { Dataset, DatasetIterator } from "../dataset/dataset.ts";
import type { WorkerAnswer, WorkerRequest } from "./messages.ts";

const failureOf = (error: unknown): WorkerAnswer => ({
  kind: "failure",
  got: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
});

/** Answers requests with the items of `dataset`: as many as were asked for, in order. Gives what takes a request. */
export const serveOn = <T>(
  dataset: Dataset<T>,
  post: (answer: WorkerAnswer) => void,
): ((request: WorkerRequest) => void) => {
  let iterator: DatasetIterator<T> | undefined;
  let asked = 0;
  let isRunning = false;
  /** One item; false at the end, and when nothing is asked for. */
  const giveOne = async (): Promise<boolean> => {
    if (asked === 0 || iterator === undefined) return false;
    asked--;
    const result = await iterator.next();
    if (result.done === true) post({ kind: "end" });
    else post({ kind: "item", value: result.value, state: iterator.state() });
    return result.done !== true;
  };
  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      while (await giveOne());
    } catch (error) {
      iterator = undefined;
      post(failureOf(error));
    }
    isRunning = false;
  };
  return (request) => {
    try {
      if (request.kind === "open") iterator = dataset.open(request.state);
      else asked += request.count;
      void run();
    } catch (error) {
      post(failureOf(error));
    }
  };
};
