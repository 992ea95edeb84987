// A process that hosts one JavaScript engine: node host.ts MODULE VARIANT TASK [counting].
import { pathToFileURL } from "node:url";
import type { Create } from "./engine.ts";
import { serveEngine } from "./serve-engine.ts";

const [file = "", ...rest] = process.argv.slice(2);
await serveEngine(async () => {
  const { create }: { create: Create } = await import(pathToFileURL(file).href);
  return create;
}, rest);
