// Requests are lines on stdin, {"run": count}, {"task": task} or {"end": true}; replies are lines on stdout that start with "@bench ".
import { createInterface } from "node:readline";
import { provideGpu } from "./dawn.ts";
import type { Create, Task } from "./engine.ts";
import { adapterHere } from "./gpu-adapter.ts";
import { startCounting } from "./gpu-counter.ts";

const reply = (message: object): void =>
  void process.stdout.write(`@bench ${JSON.stringify(message)}\n`);

const seconds = async <T>(work: () => Promise<T>): Promise<[number, T]> => {
  const start = performance.now();
  const value = await work();
  return [(performance.now() - start) / 1000, value];
};

/** Serves the engine that `load` gives, for the arguments VARIANT TASK [counting]; ends the process. */
export const serveEngine = async (
  load: () => Promise<Create>,
  [variant = "", json = "{}", counting]: readonly string[],
): Promise<void> => {
  try {
    if (variant.startsWith("webgpu")) await provideGpu();
    const counts = counting === "counting" ? startCounting() : undefined;
    const create = await load();
    const baseBytes = process.memoryUsage().rss;
    const task: Task = JSON.parse(json);
    let [prepareSeconds, engine] = await seconds(() => create(task, variant));
    reply({ prepareSeconds, adapter: (await adapterHere())?.name });
    for await (const line of createInterface({ input: process.stdin })) {
      const { run, task: next }: { run?: number; task?: Task } = JSON.parse(line);
      if (next !== undefined) {
        [prepareSeconds, engine] = await seconds(() => create(next, variant));
        reply({ prepareSeconds });
        continue;
      }
      if (run === undefined) break;
      const [elapsed, outcome] = await seconds(() => engine.run(run));
      const gpu = counts?.();
      reply({ ...outcome, seconds: elapsed, ...(gpu === undefined ? {} : { gpu }) });
    }
    reply({ baseBytes, peakBytes: process.resourceUsage().maxRSS * 1024 });
    process.exit(0);
  } catch (error) {
    reply({ failed: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
};
