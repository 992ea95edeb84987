import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { create, globals } from "webgpu";
import { pauseInTurns } from "./patient-turns.ts";

/** Where the packages of Debian and of Google put the software driver that comes with the browser. */
const drivers = [
  dirname(process.env["ADJOINT_CHROMIUM"] ?? "/usr/lib/chromium/chromium"),
  ...["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"],
].map((folder) => `${folder}/vk_swiftshader_icd.json`);

/** What to say where Node finds no adapter. */
export const noDriver: string =
  "WebGPU in Node found no adapter: it needs a Vulkan driver and its loader " +
  "(Debian, Ubuntu: sudo apt-get install chromium libvulkan1, which bring a software one)";

// Tests run on the software adapter everywhere, unless the environment names another driver.
const driver = drivers.find((file) => existsSync(file));
if (driver !== undefined) process.env["VK_ICD_FILENAMES"] ??= driver;
process.env["XDG_RUNTIME_DIR"] ??= "/tmp"; // without it the loader prints a complaint
Object.assign(globalThis, globals);
pauseInTurns(); // before the first GPU object: it keeps the function that it finds

/** A GPU object that is garbage collected takes its devices along and crashes. */
const alive: GPU[] = [];

/** WebGPU in Node on the software adapter; `backend: "null"` has every feature and computes nothing. */
export const softwareGpu = (backend?: "null"): GPU => {
  const gpu = create(backend === undefined ? [] : [`backend=${backend}`]);
  alive.push(gpu);
  return gpu;
};
