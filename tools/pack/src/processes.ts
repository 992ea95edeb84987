import { execFile } from "node:child_process";

interface Options {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program and gives its standard output; an error carries all that it printed. */
export const output = (
  command: string,
  args: readonly string[],
  options: Options,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const settings = { ...options, maxBuffer: 1 << 28, timeout: 300_000 };
    execFile(command, [...args], settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(" ")} failed\n${stdout}${stderr}`));
    });
  });
