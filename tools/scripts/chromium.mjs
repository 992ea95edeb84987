// Finds the browser for the browser tests; on Debian and Ubuntu, as root, installs it.
import { existsSync } from "node:fs";
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

const aptInstall = async () => {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const packages = ["-y", "-qq", "--no-install-recommends", "chromium"];
  const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
  console.log("Installing Chromium for the browser tests (apt-get install chromium) ...");
  await run("apt-get", ["update", "-qq"], quiet);
  await run("apt-get", ["install", ...packages], quiet);
};

/** Path of a Chromium or Chrome, or undefined, with the reason printed. */
export const findChromium = async () => {
  if (find() === undefined && canInstall()) await aptInstall();
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
