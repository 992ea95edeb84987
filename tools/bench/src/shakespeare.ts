// The whole shakespeare_char run: `npm start` and the same 2,000 iterations in PyTorch, one after the other.
// npm run bench -- shakespeare [--engine adjoint,torch] [--json]
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { python, torchAbsent, torchScript } from "./engine/torch.ts";
import { report, type Row } from "./report/report.ts";
import { readOptions } from "./run/options.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const options = readOptions({ config: "shakespeare_char", engine: "adjoint,torch" });

/** Runs a program that ends with a line `result {json}` and gives that object; the rest goes to stderr. */
const resultOf = async (command: string, args: readonly string[]): Promise<Row> => {
  const child = spawn(command, args, { cwd: repository, stdio: ["ignore", "pipe", "inherit"] });
  let result: Row = { failed: "no result line" };
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("result ")) result = JSON.parse(line.slice("result ".length));
    else console.error(line);
  }
  return result;
};

const adjoint = async (): Promise<Row> => {
  const out = mkdtempSync(join(tmpdir(), "adjoint-bench-"));
  try {
    return await resultOf(process.execPath, ["apps/shakespeare/src/main.ts", "--out", out]);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
};

const torch = async (): Promise<Row> => {
  const reason = torchAbsent();
  if (reason !== undefined) return { absent: true, reason };
  return resultOf(python(), [
    torchScript("nanogpt_char"),
    "apps/shakespeare/data/tinyshakespeare.txt",
  ]);
};

const runners: Readonly<Record<string, () => Promise<Row>>> = { adjoint, torch };
const rows: Row[] = [];
for (const name of options.engine.split(",")) {
  const runner = runners[name];
  if (runner === undefined)
    throw new Error(`--engine: no engine ${name}; there are ${Object.keys(runners).join(", ")}`);
  rows.push({ bench: "shakespeare", config: options.config, engine: name, ...(await runner()) });
}
report("shakespeare_char, 2,000 iterations", rows, options.json);
