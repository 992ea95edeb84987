import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** How a run of the program ended. */
export type Ended = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
};

/**
 * Runs the program on the sources. `act` is called once with the process when its output has `when`.
 */
export const shakespeare = (
  args: readonly string[],
  when?: string,
  act: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--conditions=@adjoint/source", main, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err, acted] = ["", "", false];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      if (acted || when === undefined || !out.includes(when)) return;
      acted = true;
      act(child);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });

/** The machine-readable line of an output, which is its last. */
export const resultOf = (out: string): Readonly<Record<string, unknown>> => {
  const line = out.trimEnd().split("\n").at(-1) ?? "";
  if (!line.startsWith("result ")) throw new Error(`no result line: ${line}`);
  return JSON.parse(line.slice("result ".length)) as Readonly<Record<string, unknown>>;
};
