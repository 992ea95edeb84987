import type { WasmMemory } from "../wasm/wasm-memory.ts";
import { BackendError } from "@adjoint/core/backend";
import type { Call } from "./layout.ts";
import { workerSource } from "./worker-source.ts";

/** Something that runs the calls of a schedule. */
export type Runner = {
  readonly run: () => Promise<void> | void;
  readonly dispose: () => void;
};

type Reply = { readonly id: number; readonly failure: string | undefined };

const isReply = (data: unknown): data is Reply =>
  typeof data === "object" && data !== null && "id" in data;

const send = (worker: Worker, message: object): void =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have origins, workers do not
  worker.postMessage(message);

const startWorker = (url: string): Worker => new Worker(url, { type: "module", name: "adjoint" });

/** Threads that wait for programs to run; they share memory with the page. */
export class WorkerPool {
  readonly threads: number;
  readonly #workers: readonly Worker[];
  #programs = 0;

  constructor(threads: number) {
    this.threads = threads;
    const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
    this.#workers = Array.from({ length: threads }, () => startWorker(url));
  }

  /** Gives every thread its calls. */
  load(module: object, memory: WasmMemory, threads: readonly (readonly Call[])[]): Runner {
    const id = this.#programs++;
    const control = new Int32Array(new SharedArrayBuffer(12));
    this.#workers.forEach((worker, i) =>
      send(worker, {
        kind: "load",
        id,
        module,
        memory,
        calls: threads[i] ?? [],
        threads: threads.length,
        control,
      }),
    );
    return {
      run: () => this.#run(id, control),
      dispose: () => this.#workers.forEach((worker) => send(worker, { kind: "free", id })),
    };
  }

  async #run(id: number, control: Int32Array): Promise<void> {
    const replies = await Promise.all(this.#workers.map((worker) => this.#ask(worker, id)));
    const failures = replies.flatMap(({ failure }) => failure ?? []);
    if (failures.length === 0) return;
    control.fill(0);
    const cause = failures.find((f) => !f.includes("another thread")) ?? failures[0];
    throw new BackendError({
      operation: "run",
      rule: "generated kernels must run to their end",
      got: cause ?? "a failure",
    });
  }

  #ask(worker: Worker, id: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        worker.removeEventListener("message", onMessage);
        worker.removeEventListener("error", onError);
      };
      const onMessage = ({ data }: MessageEvent): void => {
        done();
        if (isReply(data)) resolve(data);
      };
      const onError = ({ message }: ErrorEvent): void => {
        done();
        reject(
          new BackendError({
            operation: "run",
            rule: "worker threads must start",
            got: message || "a worker that the page may not start",
            fix: "allow worker-src blob: in the page's Content-Security-Policy, or pass { threads: 1 }",
          }),
        );
      };
      worker.addEventListener("message", onMessage);
      worker.addEventListener("error", onError);
      send(worker, { kind: "run", id });
    });
  }

  dispose(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}
