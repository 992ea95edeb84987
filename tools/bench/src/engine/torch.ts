import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { startChild } from "./child.ts";
import { peerFolder } from "./peer-folder.ts";
import type { EngineEntry } from "./registry.ts";

/** The interpreter that runs PyTorch: $PYTHON, or python3. */
export const python = (): string => process.env["PYTHON"] ?? "python3";

/** Whether a line of Python runs without error; asked once. */
const probe = (code: string): (() => boolean) => {
  let answer: boolean | undefined;
  return () => (answer ??= spawnSync(python(), ["-c", code]).status === 0);
};

const hasTorch = probe("import torch, numpy");
const hasCuda = probe("import torch; assert torch.cuda.is_available()");

/** Why PyTorch cannot run here, or undefined when it can. */
export const torchAbsent = (): string | undefined =>
  hasTorch() ? undefined : `${python()} does not import torch and numpy; set PYTHON`;

/** Why PyTorch cannot run on a CUDA GPU here, or undefined when it can. */
export const cudaAbsent = (): string | undefined =>
  torchAbsent() ?? (hasCuda() ? undefined : "PyTorch finds no CUDA GPU");

/** A script of the PyTorch peer. */
export const torchScript = (name: string): string => join(peerFolder("torch"), `${name}.py`);

/** PyTorch in a process of its own. */
export const torch = (name: string, variant: string): EngineEntry => ({
  name,
  absent: torchAbsent,
  start: (task) =>
    startChild(name, python(), [
      torchScript(task.kind.replace("-", "_")),
      variant,
      JSON.stringify(task),
    ]),
});

/** PyTorch on a CUDA GPU; training only. */
const torchOnCuda = (name: string, variant: string): EngineEntry => ({
  ...torch(name, variant),
  absent: (task) => (task.kind === "train-step" ? cudaAbsent() : "trains only"),
});

/** float32 without TF32, float16 autocast, and float32 by torch.compile. */
export const cudaEngines: readonly EngineEntry[] = [
  torchOnCuda("torch-cuda", "cuda"),
  torchOnCuda("torch-cuda-f16", "cuda-f16"),
  torchOnCuda("torch-cuda-compile", "cuda-compile"),
];
