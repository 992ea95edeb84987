// npm run example -- <name>: runs apps/examples/src/<name>.ts.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build, install, root, runNode } from "./workspace.mjs";

const [name, ...rest] = process.argv.slice(2);
const folder = join(root, "apps", "examples", "src");
const names = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith(".ts"))
      .map((file) => file.slice(0, -".ts".length))
  : [];

if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run example -- <name>\nexamples: ${names.join(", ")}`);
  process.exitCode = 2;
} else {
  await install();
  await build();
  process.exitCode = await runNode([join(folder, `${name}.ts`), ...rest]);
}
