import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { repository } from "./packages.ts";
import { output } from "./processes.ts";

const here = { cwd: repository };

const versionOf = async (node: string): Promise<string> =>
  existsSync(node) ? (await output(node, ["--version"], here)).trim() : "";

/** Folders of PATH, without those that npm adds. */
const systemFolders = (): readonly string[] =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules") && !folder.includes("node-gyp-bin"));

const installNode20 = async (): Promise<string> => {
  const folder = join(repository, "node_modules", ".cache", "adjoint", "node20");
  const node = join(folder, "node_modules", ".bin", "node");
  if (existsSync(node)) return node;
  await mkdir(folder, { recursive: true });
  await output("npm", ["install", "--prefix", folder, "--loglevel=error", "node@20"], {
    cwd: folder,
  });
  return node;
};

/** The oldest supported Node: the machine's own where that is a Node 20, else one from npm. */
export const findNode20 = async (): Promise<string> => {
  for (const folder of systemFolders()) {
    const node = join(folder, "node");
    if ((await versionOf(node)).startsWith("v20.")) return node;
  }
  return installNode20();
};
