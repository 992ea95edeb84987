import { parseArgs } from "node:util";
import type { ComputeDType } from "@adjoint/recipes";
import { messageOf, UsageError } from "./errors.ts";

/** What the command line asks for. */
export type Options = {
  readonly resume: boolean;
  readonly iterations: number;
  readonly out: string;
  readonly data: string;
  readonly seed: number;
  readonly threads: number;
  readonly backend: "onnx" | "reference";
  readonly precision: ComputeDType;
  readonly samples: number;
  readonly help: boolean;
};

const defaults = {
  iterations: "2000",
  out: "out/shakespeare",
  data: "",
  seed: "1337",
  threads: "0",
  backend: "onnx",
  precision: "float32",
  samples: "500",
} as const;

/** Text for --help. */
export const usage = `Trains a character-level GPT on Shakespeare, on the CPU.

npm start -- [options]

  --resume            go on from the checkpoint in --out, bit for bit
  --iterations N      training steps in all (default ${defaults.iterations})
  --out FOLDER        where checkpoints go (default ${defaults.out})
  --data FILE         a text file to train on (default the bundled Tiny Shakespeare)
  --seed N            seed of weights and batches (default ${defaults.seed})
  --threads N         threads of the engine (default: one per core)
  --backend NAME      ${defaults.backend} (default) or reference (plain TypeScript, slow)
  --precision DTYPE   ${defaults.precision} (default), float16 or bfloat16; float32 where the backend has no other
  --samples N         characters to write at the end (default ${defaults.samples})
  --help              this text

Ctrl-C saves and stops; a second one stops at once.`;

const wholeNumber = (name: string, text: string, least: number, most: number): number => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, got "${text}"`);
};

const backendOf = (name: string): Options["backend"] => {
  if (name === "onnx" || name === "reference") return name;
  throw new UsageError(`--backend must be onnx or reference, got "${name}"`);
};

const precisionOf = (name: string): Options["precision"] => {
  if (name === "float32" || name === "float16" || name === "bfloat16") return name;
  throw new UsageError(`--precision must be float32, float16 or bfloat16, got "${name}"`);
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        resume: { type: "boolean", default: false },
        iterations: { type: "string", default: defaults.iterations },
        out: { type: "string", default: defaults.out },
        data: { type: "string", default: defaults.data },
        seed: { type: "string", default: defaults.seed },
        threads: { type: "string", default: defaults.threads },
        backend: { type: "string", default: defaults.backend },
        precision: { type: "string", default: defaults.precision },
        samples: { type: "string", default: defaults.samples },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
};

/** Reads the command line; throws UsageError. */
export const readOptions = (args: readonly string[]): Options => {
  const { resume, help, out, data, iterations, seed, threads, samples, backend, precision } =
    parse(args);
  if (out === "") throw new UsageError("--out must not be empty");
  return {
    resume,
    help,
    out,
    data,
    iterations: wholeNumber("iterations", iterations, 1, 10_000_000),
    seed: wholeNumber("seed", seed, 0, 2 ** 32 - 3),
    threads: wholeNumber("threads", threads, 0, 1024),
    samples: wholeNumber("samples", samples, 0, 10_000_000),
    backend: backendOf(backend),
    precision: precisionOf(precision),
  };
};

const quoted = (text: string): string =>
  /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The command that runs with these options: what differs from the defaults. */
export const commandOf = (options: Options): string => {
  const names = [
    "iterations",
    "out",
    "data",
    "seed",
    "threads",
    "backend",
    "precision",
    "samples",
  ] as const;
  const flags = names
    .filter((name) => String(options[name]) !== defaults[name])
    .map((name) => `--${name} ${quoted(String(options[name]))}`);
  const all = [...(options.resume ? ["--resume"] : []), ...flags];
  return all.length === 0 ? "npm start" : `npm start -- ${all.join(" ")}`;
};
