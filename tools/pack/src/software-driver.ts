import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The software Vulkan driver that comes with the Chromium of the browser tests; undefined where there is none. */
export const softwareDriver = (): string | undefined => {
  const chromium = process.env["ADJOINT_CHROMIUM"];
  const folders = [
    ...(chromium === undefined ? [] : [dirname(chromium)]),
    ...["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"],
  ];
  return folders
    .map((folder) => join(folder, "vk_swiftshader_icd.json"))
    .find((file) => existsSync(file));
};
