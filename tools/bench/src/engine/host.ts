// A process that hosts one JavaScript engine: node host.ts MODULE VARIANT TASK.
// Requests are lines on stdin, {"run": count} or {"end": true}; replies are lines on stdout that start with "@bench ".
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { Create, Task } from "./engine.ts";

const [file = "", variant = "", json = "{}"] = process.argv.slice(2);
const reply = (message: object): void =>
  void process.stdout.write(`@bench ${JSON.stringify(message)}\n`);

const seconds = async <T>(work: () => Promise<T>): Promise<[number, T]> => {
  const start = performance.now();
  const value = await work();
  return [(performance.now() - start) / 1000, value];
};

try {
  const { create }: { create: Create } = await import(pathToFileURL(file).href);
  const baseBytes = process.memoryUsage().rss;
  const task: Task = JSON.parse(json);
  const [prepareSeconds, engine] = await seconds(() => create(task, variant));
  reply({ prepareSeconds });
  for await (const line of createInterface({ input: process.stdin })) {
    const request: { run?: number } = JSON.parse(line);
    const { run } = request;
    if (run === undefined) break;
    const [elapsed, outcome] = await seconds(() => engine.run(run));
    reply({ ...outcome, seconds: elapsed });
  }
  reply({ baseBytes, peakBytes: process.resourceUsage().maxRSS * 1024 });
  process.exit(0);
} catch (error) {
  reply({ failed: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
