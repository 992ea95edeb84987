// Checks what each package publishes: publint in strict mode and arethetypeswrong for ESM.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manifests, packAll, repository } from "./packages.ts";
import { output } from "./processes.ts";

const bin = (name: string): string => join(repository, "node_modules", ".bin", name);

const lint = async (tarball: string): Promise<void> => {
  await output(bin("publint"), ["run", tarball, "--strict"], { cwd: repository });
  await output(bin("attw"), [tarball, "--profile", "esm-only", "--no-emoji"], { cwd: repository });
};

const folder = mkdtempSync(join(tmpdir(), "adjoint-lint-"));
try {
  const tarballs = await packAll(folder);
  for (const { name } of manifests()) {
    try {
      await lint(tarballs.get(name) ?? "");
      console.log(`ok   ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`FAIL ${name}\n${String(error)}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
