import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { peerFolder } from "./peers.ts";

/** The interpreter that runs PyTorch: $PYTHON, or python3. */
export const python = (): string => process.env["PYTHON"] ?? "python3";

let reason: string | undefined | null = null;

/** Why PyTorch cannot run here, or undefined when it can. */
export const torchAbsent = (): string | undefined => {
  if (reason !== null) return reason;
  const probe = spawnSync(python(), ["-c", "import torch, numpy"], { encoding: "utf8" });
  reason =
    probe.status === 0 ? undefined : `${python()} does not import torch and numpy; set PYTHON`;
  return reason;
};

/** A script of the PyTorch peer. */
export const torchScript = (name: string): string => join(peerFolder("torch"), `${name}.py`);
