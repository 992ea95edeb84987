// The page's half of browser.ts: loads an engine module and times it.
import type { Create, Engine, Task, Timed } from "./engine.ts";

let engine: Engine | undefined;

const prepare = async (url: string, variant: string, task: Task): Promise<number> => {
  const { create }: { create: Create } = await import(/* @vite-ignore */ url);
  const start = performance.now();
  engine = await create(task, variant);
  return (performance.now() - start) / 1000;
};

const run = async (count: number): Promise<Timed> => {
  if (engine === undefined) throw new Error("prepare comes first");
  const start = performance.now();
  const outcome = await engine.run(count);
  return { ...outcome, seconds: (performance.now() - start) / 1000 };
};

Object.assign(globalThis, { bench: { prepare, run } });
