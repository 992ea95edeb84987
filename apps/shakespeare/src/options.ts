import { parseArgs } from "node:util";

/** What the command line asks for. */
export type Options = {
  readonly resume: boolean;
  readonly iterations: number;
  readonly out: string;
  readonly data: string;
  readonly seed: number;
  readonly threads: number;
  readonly backend: "onnx" | "reference";
  readonly samples: number;
  readonly help: boolean;
};

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Text for --help. */
export const usage = `Trains a character-level GPT on Shakespeare, on the CPU.

npm start -- [options]

  --resume            go on from the checkpoint in --out, bit for bit
  --iterations N      training steps in all (default 2000)
  --out FOLDER        where checkpoints go (default out/shakespeare)
  --data FILE         a text file to train on (default the bundled Tiny Shakespeare)
  --seed N            seed of weights and batches (default 1337)
  --threads N         threads of the engine (default: one per core)
  --backend NAME      onnx (default) or reference (plain TypeScript, slow)
  --samples N         characters to write at the end (default 500)
  --help              this text

Ctrl-C saves and stops; a second one stops at once.`;

const wholeNumber = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${name} must be a whole number of at least ${least}, got "${text}"`);
};

const backendOf = (name: string): Options["backend"] => {
  if (name === "onnx" || name === "reference") return name;
  throw new UsageError(`--backend must be onnx or reference, got "${name}"`);
};

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: {
      resume: { type: "boolean", default: false },
      iterations: { type: "string", default: "2000" },
      out: { type: "string", default: "out/shakespeare" },
      data: { type: "string", default: "" },
      seed: { type: "string", default: "1337" },
      threads: { type: "string", default: "0" },
      backend: { type: "string", default: "onnx" },
      samples: { type: "string", default: "500" },
      help: { type: "boolean", default: false },
    },
  }).values;

/** Reads the command line; throws UsageError. */
export const readOptions = (args: readonly string[]): Options => {
  try {
    const { resume, iterations, out, data, seed, threads, backend, samples, help } = parse(args);
    return {
      resume,
      out,
      data,
      help,
      iterations: wholeNumber("iterations", iterations, 1),
      seed: wholeNumber("seed", seed, 0),
      threads: wholeNumber("threads", threads, 0),
      samples: wholeNumber("samples", samples, 0),
      backend: backendOf(backend),
    };
  } catch (error) {
    throw error instanceof UsageError
      ? error
      : new UsageError(error instanceof Error ? error.message : String(error));
  }
};
