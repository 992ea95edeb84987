// Shared by the entry scripts. These run before anything is installed, under any Node from 20.19 on,
// so they use nothing but Node itself.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const localBin = join(root, "node_modules", ".bin");

/** The environment in which `node` and every tool are the versions that package.json pins. */
export const localEnv = (extra = {}) => ({
  ...process.env,
  npm_config_loglevel: "error",
  PATH: `${localBin}${delimiter}${process.env.PATH ?? ""}`,
  ...extra,
});

/** Runs a program to its end and gives its exit code; input and output are the caller's own. */
export const run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: localEnv(),
      stdio: "inherit",
      shell: process.platform === "win32",
      ...options,
    });
    // Ctrl-C reaches the child by itself; this process only waits until it has saved its work.
    const wait = () => {};
    const relay = (signal) => child.kill(signal);
    process.on("SIGINT", wait);
    process.on("SIGTERM", relay);
    // npm's shell does not pass SIGTERM on, it just goes: then the child is told to end as well.
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      relay("SIGTERM");
    }, 500);
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearInterval(watch);
      process.off("SIGINT", wait);
      process.off("SIGTERM", relay);
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });

/** Runs a program and ends this process with its code where it fails. */
export const mustRun = async (command, args, options) => {
  const code = await run(command, args, options);
  if (code !== 0) process.exit(code);
};

/** Runs a TypeScript or JavaScript file under the pinned Node. */
export const runNode = (args, options) => run("node", args, options);

const manifests = () => {
  const found = ["package.json", ".npmrc"];
  for (const group of ["packages", "apps", "tools"]) {
    if (!existsSync(join(root, group))) continue;
    for (const name of readdirSync(join(root, group)).sort()) {
      const file = join(group, name, "package.json");
      if (existsSync(join(root, file))) found.push(file);
    }
  }
  return found;
};

const dependencyHash = () => {
  const hash = createHash("sha256");
  for (const file of manifests()) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest("hex");
};

/** Installs the dependencies where they are missing or a package.json has changed since. */
export const install = async () => {
  const stamp = join(root, "node_modules", ".cache", "adjoint", "installed");
  const wanted = dependencyHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("Installing dependencies ...");
  const flags = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  if (npm !== undefined && /\.c?js$/.test(npm)) {
    await mustRun(process.execPath, [npm, ...flags], { env: process.env });
  } else {
    await mustRun("npm", flags, { env: process.env });
  }
  mkdirSync(join(stamp, ".."), { recursive: true });
  writeFileSync(stamp, wanted);
};

/** Compiles every package; nothing to do takes about a second. */
export const build = () => mustRun("tsc", ["-b"]);
