import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { benchUrl, startPage } from "./browser.ts";
import { startChild } from "./child.ts";
import type { Session, Task } from "./engine.ts";
import { bundleTfjsForNode, bundleTfjsForPage, installPeers, peerFolder } from "./peers.ts";
import { python, torchAbsent, torchScript } from "./torch.ts";

/** One way to do the work. */
export interface EngineEntry {
  readonly name: string;
  /** Why it cannot run here, or undefined. */
  readonly absent?: () => string | undefined;
  readonly start: (task: Task) => Promise<Session>;
}

const host = fileURLToPath(new URL("host.ts", import.meta.url));
const own = fileURLToPath(new URL("../adjoint", import.meta.url));

const nodeChild = (name: string, file: string, variant: string, task: Task): Promise<Session> =>
  startChild(name, process.execPath, [
    ...process.execArgv,
    host,
    file,
    variant,
    JSON.stringify(task),
  ]);

const torch = (name: string, variant: string): EngineEntry => ({
  name,
  absent: torchAbsent,
  start: (task) =>
    startChild(name, python(), [
      torchScript(task.kind.replace("-", "_")),
      variant,
      JSON.stringify(task),
    ]),
});

const adjoint = (name: string, variant: string): EngineEntry => ({
  name,
  start: (task) => nodeChild(name, join(own, `${task.kind}.ts`), variant, task),
});

const jaxJs: EngineEntry = {
  name: "jax-js",
  start: (task) => {
    installPeers();
    return nodeChild("jax-js", join(peerFolder("jax-js"), `${task.kind}.ts`), "wasm", task);
  },
};

const tfjs = (variant: string): EngineEntry => ({
  name: `tfjs-${variant}`,
  start: async (task) => {
    installPeers();
    return nodeChild(`tfjs-${variant}`, await bundleTfjsForNode(task.kind), variant, task);
  },
});

/** `file` is the engine's module below tools/bench. */
const inPage = (name: string, file: (task: Task) => string | Promise<string>): EngineEntry => ({
  name,
  start: async (task) => startPage(name, await file(task), "wasm", task),
});

const peerInPage = (name: string, file: (task: Task) => string | Promise<string>): EngineEntry =>
  inPage(name, (task) => {
    installPeers();
    return file(task);
  });

/** Every engine by name; the groups below say which run when none is asked for. */
export const engines: readonly EngineEntry[] = [
  adjoint("adjoint-onnx", "onnx"),
  adjoint("adjoint-onnx-scan", "onnx-scan"),
  adjoint("adjoint-reference", "reference"),
  torch("torch", "eager"),
  torch("torch-fused", "fused"),
  torch("torch-compile", "compile"),
  jaxJs,
  tfjs("wasm"),
  tfjs("cpu"),
  inPage("adjoint-wasm/browser", (task) => `src/adjoint/${task.kind}.ts`),
  peerInPage("jax-js/browser", (task) => `peers/jax-js/${task.kind}.ts`),
  peerInPage("tfjs-wasm/browser", (task) => bundleTfjsForPage(task.kind, benchUrl)),
];

const groups: Readonly<Record<string, readonly string[]>> = {
  default: ["adjoint-onnx", "torch", "jax-js", "tfjs-wasm", "tfjs-cpu"],
  wasm: ["adjoint-wasm/browser", "jax-js/browser", "tfjs-wasm/browser"],
};

/** The engines of a comma-separated list of names and groups. */
export const selectEngines = (list: string): readonly EngineEntry[] =>
  list
    .split(",")
    .flatMap((name) => groups[name] ?? [name])
    .map((name) => {
      const found = engines.find((entry) => entry.name === name);
      if (found !== undefined) return found;
      const known = [...engines.map((entry) => entry.name), ...Object.keys(groups)].join(", ");
      throw new Error(`--engine: no engine ${name}; there are ${known}`);
    });
