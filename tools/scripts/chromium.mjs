// Finds the browser for the browser tests and the Vulkan that WebGPU in Node needs; on Debian and Ubuntu, as root, installs
// them. The software driver for Vulkan comes with the browser.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./workspace.mjs";

const candidates = [
  process.env.ADJOINT_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const find = () => candidates.find((path) => path !== undefined && existsSync(path));

const canInstall = () => existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;

const aptInstall = async (names) => {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
  console.log(`Installing what the tests need (apt-get install ${names.join(" ")}) ...`);
  await run("apt-get", ["update", "-qq"], quiet);
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], quiet);
};

const listed = (folder) => (existsSync(folder) ? readdirSync(folder) : []);

/** Only on Linux does WebGPU in Node go through Vulkan. */
const lacksLoader = () => {
  if (process.platform !== "linux") return false;
  const folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64"];
  const nested = listed("/usr/lib").filter((name) => name.endsWith("-linux-gnu"));
  return ![...folders, ...nested.map((name) => join("/usr/lib", name))].some((folder) =>
    existsSync(join(folder, "libvulkan.so.1")),
  );
};

const driverFolders = () => [
  "/usr/lib/chromium",
  "/usr/lib/chromium-browser",
  "/opt/google/chrome",
  "/usr/share/vulkan/icd.d",
  "/etc/vulkan/icd.d",
  ...(process.env.ADJOINT_CHROMIUM === undefined ? [] : [dirname(process.env.ADJOINT_CHROMIUM)]),
];

const lacksDriver = () =>
  process.platform === "linux" &&
  process.env.VK_ICD_FILENAMES === undefined &&
  process.env.VK_DRIVER_FILES === undefined &&
  !driverFolders()
    .flatMap(listed)
    .some((name) => /icd.*\.json$/.test(name));

/** Installs the browser and Vulkan where they are missing and it may. */
export const installForGpu = async () => {
  if (!canInstall()) return;
  const missing = [
    ...(find() === undefined || lacksDriver() ? ["chromium"] : []),
    ...(lacksLoader() ? ["libvulkan1"] : []),
  ];
  if (missing.length > 0) await aptInstall(missing);
};

/** Path of a Chromium or Chrome, or undefined, with the reason printed. */
export const findChromium = () => {
  const found = find();
  if (found === undefined) {
    console.error(
      [
        "The browser tests need Chromium or Chrome and none was found.",
        "Install it (Debian, Ubuntu: sudo apt-get install chromium), or name one in ADJOINT_CHROMIUM,",
        "or leave these tests out with: npm test -- --no-browser",
      ].join("\n"),
    );
  }
  return found;
};

/** Prints what WebGPU in Node lacks, if anything: its tests will fail. */
export const reportVulkan = () => {
  if (!lacksLoader() && !lacksDriver()) return;
  console.error(
    [
      "The tests of WebGPU in Node need Vulkan and will fail without.",
      "Install it (Debian, Ubuntu: sudo apt-get install chromium libvulkan1, which bring a software driver),",
      "or leave these tests out with: npm test -- --no-browser",
    ].join("\n"),
  );
};
