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
} from "./peers.ts";
import { peerFolder } from "./peer-folder.ts";
import { cudaEngines, torch } from "./torch.ts";

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
  /** It computes on WebGPU, and can count what it asks of it. */
  readonly countsGpu?: boolean;
}

const host = fileURLToPath(new URL("host.ts", import.meta.url));
const own = fileURLToPath(new URL("../adjoint", import.meta.url));

const nodeChild = (
  name: string,
  file: string,
  variant: string,
  task: Task,
  { counting = false }: StartOptions = {},
): Promise<Session> =>
  startChild(name, process.execPath, [
    ...process.execArgv,
    host,
    file,
    variant,
    JSON.stringify(task),
    ...(counting ? ["counting"] : []),
  ]);

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
  countsGpu: true,
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

/** Adjoint on WebGPU in Node. */
const adjointOnDawn: EngineEntry = {
  name: "adjoint-webgpu/node",
  countsGpu: true,
  start: (task, options) =>
    nodeChild("adjoint-webgpu/node", join(own, `webgpu-${task.kind}.ts`), "webgpu", task, options),
};

/** ONNX Runtime Web has forward passes only. */
const ortAbsent = (task: Task): string | undefined => {
  const isForward =
    task.kind === "train-step"
      ? task.part === "loss"
      : task.kind === "kernel" && !/-grad$|adamw/.test(task.kernel.name);
  return isForward ? undefined : "runs forward passes only";
};

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
  adjointOnDawn,
  ...cudaEngines,
  onGpu("ort-webgpu", (task) => `peers/ort/${task.kind}.ts`, ortAbsent),
];

const groups: Readonly<Record<string, readonly string[]>> = {
  default: ["adjoint-onnx", "torch", "jax-js", "tfjs-wasm", "tfjs-cpu"],
  webgpu: ["adjoint-webgpu", "jax-js-webgpu", "tfjs-webgpu", "ort-webgpu"],
  "webgpu-node": ["adjoint-webgpu/node", "torch-cuda", "torch-cuda-f16"],
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
