// The page's half of browser.ts: loads an engine module and times it.
import type { Create, Engine, Task, Timed } from "./engine.ts";
import { adapterHere } from "./gpu-adapter.ts";
import { type GpuCounts, startCounting } from "./gpu-counter.ts";

let engine: Engine | undefined;
let counts: (() => GpuCounts) | undefined;

const prepare = async (
  url: string,
  variant: string,
  task: Task,
  counting: boolean,
): Promise<number> => {
  if (counting) counts ??= startCounting();
  const { create }: { create: Create } = await import(/* @vite-ignore */ url);
  const start = performance.now();
  engine = await create(task, variant);
  return (performance.now() - start) / 1000;
};

const run = async (count: number): Promise<Timed> => {
  if (engine === undefined) throw new Error("prepare comes first");
  const start = performance.now();
  const outcome = await engine.run(count);
  const seconds = (performance.now() - start) / 1000;
  const gpu = counts?.();
  return gpu === undefined ? { ...outcome, seconds } : { ...outcome, seconds, gpu };
};

Object.assign(globalThis, { bench: { prepare, run, adapter: adapterHere } });
