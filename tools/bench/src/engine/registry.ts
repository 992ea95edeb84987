import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { startPage } from "./browser.ts";
import { startChild } from "./child.ts";
import type { Session, Task } from "./engine.ts";
import {
  bundleAdjointForPage,
  bundleTfjsForNode,
  bundleTfjsForPage,
  installPeers,
  peerFolder,
} from "./peers.ts";
import { python, torchAbsent, torchScript } from "./torch.ts";

/** How a session is started beside its task. */
export interface StartOptions {
  /** Counts what is asked of WebGPU, for engines that use it. */
  readonly counting?: boolean;
}

/** One way to do the work. */
export interface EngineEntry {
  readonly name: string;
  /** Why it cannot run here, or undefined. */
  readonly absent?: (task: Task) => string | undefined;
  readonly start: (task: Task, options?: StartOptions) => Promise<Session>;
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
  start: async (task) =>
    startPage({ name, place: "cpu", file: await file(task), variant: "wasm" }, task),
});

const peerInPage = (name: string, file: (task: Task) => string | Promise<string>): EngineEntry =>
  inPage(name, (task) => {
    installPeers();
    return file(task);
  });

/** An engine on WebGPU in a page. */
const onGpu = (
  name: string,
  file: (task: Task) => string | Promise<string>,
  absent?: EngineEntry["absent"],
): EngineEntry => ({
  name,
  ...(absent === undefined ? {} : { absent }),
  start: async (task, { counting = false } = {}) =>
    startPage({ name, place: "gpu", file: await file(task), variant: "webgpu", counting }, task),
});

const peerOnGpu: typeof onGpu = (name, file, absent) =>
  onGpu(
    name,
    (task) => {
      installPeers();
      return file(task);
    },
    absent,
  );

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
  peerInPage("tfjs-wasm/browser", (task) => bundleTfjsForPage(task.kind)),
  onGpu("adjoint-webgpu", (task) => bundleAdjointForPage(`webgpu-${task.kind}`)),
  peerOnGpu("jax-js-webgpu", (task) => `peers/jax-js/${task.kind}.ts`),
  peerOnGpu("tfjs-webgpu", (task) => bundleTfjsForPage(task.kind)),
];

const groups: Readonly<Record<string, readonly string[]>> = {
  default: ["adjoint-onnx", "torch", "jax-js", "tfjs-wasm", "tfjs-cpu"],
  webgpu: ["adjoint-webgpu", "jax-js-webgpu", "tfjs-webgpu"],
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
