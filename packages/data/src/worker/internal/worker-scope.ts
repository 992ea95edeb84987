import type { WorkerAnswer, WorkerRequest } from "../messages.ts";

/** What a worker of a browser has around it. */
type WorkerScope = {
  readonly postMessage: (answer: WorkerAnswer, transfer: Transferable[]) => void;
  readonly addEventListener: (
    type: "message",
    take: (event: { readonly data: WorkerRequest }) => void,
  ) => void;
};

/** The scope of this worker, which the types of windows do not have. */
export const workerScope = (): WorkerScope => globalThis as unknown as WorkerScope;
