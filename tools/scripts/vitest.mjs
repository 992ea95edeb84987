// Runs vitest and leaves its counts in reports/<label>.json, from where `npm test` adds them up.
// In a package folder it runs that package's unit tests; at the root what --project selects.
import { join, relative } from "node:path";
import { root, run } from "./workspace.mjs";

const args = process.argv.slice(2);
const here = process.cwd();
const inPackage = relative(root, here) !== "";
const folder = relative(root, here)
  .replace(/^packages[\\/]/, "")
  .replaceAll(/[\\/]/g, "-");

const chooseProjects = () => {
  if (args.includes("--project")) return [];
  return inPackage ? ["--project", folder] : ["--project", "!browser*", "--project", "!doctest"];
};
const label = inPackage ? "unit" : (process.env.npm_lifecycle_event ?? "vitest");

process.exitCode = await run("vitest", [
  "run",
  ...chooseProjects(),
  ...args,
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${join(here, "reports", `${label}.json`)}`,
]);
