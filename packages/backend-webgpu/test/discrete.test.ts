import { runConformance, table } from "@adjoint/conformance";
import { afterAll, describe, it } from "vitest";
import { createDevice } from "../src/device/create-device.ts";
import { Device } from "../src/device/device.ts";
import { WebgpuBackend } from "../src/run/webgpu-backend.ts";
import { softwareGpu } from "./support/software-gpu.ts";

/** The kernels that a discrete GPU would get, run on the software adapter: rows shared by lanes, tiles in workgroup memory. */
const make = async (): Promise<Device> => {
  const { tfjs, profile } = await createDevice({ gpu: softwareGpu() });
  return new Device(tfjs, { ...profile, isSoftware: false });
};
const backend = new WebgpuBackend(await make(), make);
afterAll(() => backend.dispose());

const rows = new Set([
  "sum",
  "prod",
  "max",
  "min",
  "any",
  "all",
  "mean",
  "variance",
  "softmax",
  "logSoftmax",
  "layerNorm",
  "rmsNorm",
  "softmaxCrossEntropy",
  "matmul",
  "norm",
]);
runConformance(
  table.filter(({ name }) => rows.has(name)),
  backend,
  { describe, it },
);
