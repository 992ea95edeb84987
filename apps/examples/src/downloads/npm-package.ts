import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { cached } from "./cache-folder.ts";

const run = promisify(execFile);

/**
 * The unpacked files of an npm package such as "sentiment@5.0.2", in the user's cache folder: fetched by `npm pack`, which
 * checks its hash, without installing anything. Needs npm and tar.
 */
export const npmPackage = (specifier: string): Promise<string> =>
  cached(specifier.replaceAll("/", "+"), async (draft) => {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const { stdout } = await run(npm, ["pack", "--json", "--silent", specifier], {
      cwd: draft,
      maxBuffer: 2 ** 28,
    });
    const archive = /"filename":\s*"([^"]+\.tgz)"/.exec(stdout)?.[1] ?? "";
    await run("tar", ["-xzf", archive.replace("@", "").replace("/", "-")], { cwd: draft });
    return join(draft, "package");
  });
