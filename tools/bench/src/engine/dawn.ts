// WebGPU in Node: Dawn, as the npm package `webgpu` or as the file that DAWN_NODE names.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

interface Dawn {
  readonly create: (options: string[]) => GPU;
  readonly globals: object;
}

const load = async (): Promise<Dawn> => {
  const file = process.env["DAWN_NODE"];
  if (file !== undefined) return createRequire(import.meta.url)(file) as Dawn;
  const name = "webgpu"; // a variable, so that a bundle does not look for it
  return (await import(/* @vite-ignore */ name)) as Dawn;
};

/** Chromium's software adapter, for machines without a GPU. */
const swiftshader = "/usr/lib/chromium/vk_swiftshader_icd.json";

const softwareIsForced = (): boolean => process.env["ADJOINT_WEBGPU_ADAPTER"] === "swiftshader";

const find = async ({ create }: Dawn): Promise<GPU> => {
  const driversAreNamed =
    process.env["VK_ICD_FILENAMES"] !== undefined || process.env["VK_DRIVER_FILES"] !== undefined;
  const canFallBack = !driversAreNamed && existsSync(swiftshader);
  if (!softwareIsForced() || !canFallBack) {
    const gpu = create([]);
    if (!canFallBack || (await gpu.requestAdapter()) !== null) return gpu;
  }
  process.env["VK_ICD_FILENAMES"] = swiftshader;
  return create([]);
};

/** Puts `navigator.gpu` and the classes of WebGPU where browsers have them; they live as long as the process. */
export const provideGpu = async (): Promise<void> => {
  process.env["XDG_RUNTIME_DIR"] ??= "/tmp"; // without it the Vulkan loader prints a complaint
  const dawn = await load();
  for (const [name, value] of Object.entries(Object.getOwnPropertyDescriptors(dawn.globals)))
    Object.defineProperty(globalThis, name, { ...value, configurable: true });
  const gpu = await find(dawn);
  if (typeof navigator === "undefined")
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  else Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
};
