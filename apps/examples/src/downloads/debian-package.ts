import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cached } from "./cache-folder.ts";

const run = promisify(execFile);

/**
 * The unpacked files of a Debian package such as "dataset-fashion-mnist", in the user's cache folder: fetched by
 * `apt-get download`, which checks its hash, without installing anything. Needs apt and dpkg.
 */
export const debianPackage = (name: string): Promise<string> =>
  cached(`debian+${name}`, async (draft) => {
    await run("apt-get", ["download", name], { cwd: draft });
    const archive = (await readdir(draft)).find((file) => file.endsWith(".deb")) ?? "";
    await run("dpkg", ["-x", archive, "files"], { cwd: draft });
    return join(draft, "files");
  });
