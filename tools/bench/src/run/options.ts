import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** What every benchmark understands on its command line. */
export interface Options {
  readonly config: string;
  readonly engine: string;
  readonly json: boolean;
  readonly rounds: number;
}

/** What options are when they are left out. */
export interface Defaults {
  readonly config: string;
  readonly engine?: string;
  readonly rounds?: number;
}

/** The options of every benchmark, for `parseArgs`. */
export const common = (defaults: Defaults) =>
  ({
    config: { type: "string", default: defaults.config },
    engine: { type: "string", default: defaults.engine ?? "default" },
    rounds: { type: "string", default: String(defaults.rounds ?? 5) },
    json: { type: "boolean", default: false },
  }) as const;

/** The number in an option; throws for others than whole ones from 1 on. */
export const wholeNumber = (option: string, text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${option}: a whole number from 1 on, got ${text}`);
  return value;
};

const usageOf = (options: ParseArgsOptionsConfig): string =>
  Object.entries(options)
    .map(([name, { type }]) => (type === "string" ? `[--${name} ...]` : `[--${name}]`))
    .join(" ");

/** The values of options; for arguments that are none it says which there are, and the program ends with exit code 2. */
export const parsed = <T extends ParseArgsOptionsConfig>(
  options: T,
  args: readonly string[] = process.argv.slice(2),
) => {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [sentence] = error.message.split(". ");
    console.error(`${sentence}\nusage: npm run bench -- <name> ${usageOf(options)}`);
    return process.exit(2);
  }
};

/** Reads --config, --engine, --rounds and --json. */
export const readOptions = (defaults: Defaults): Options => {
  const values = parsed(common(defaults));
  return { ...values, rounds: wholeNumber("rounds", values.rounds) };
};

/** Options of the benchmarks on GPUs. */
export interface GpuOptions extends Options {
  /** Where engines run: pages, or Node with Dawn (and PyTorch). */
  readonly where: "browser" | "node";
  /** What replaces the configuration's own. */
  readonly size: { readonly batch?: number; readonly block?: number };
  /** Names of kernels, all when empty. */
  readonly kernels: readonly string[];
}

/** Reads the options above and --where, --batch, --block and --kernel. */
export const readGpuOptions = (
  defaults: Omit<Defaults, "engine">,
  args: readonly string[] = process.argv.slice(2),
): GpuOptions => {
  const own = {
    ...common(defaults),
    engine: { type: "string" },
    where: { type: "string", default: "browser" },
    batch: { type: "string" },
    block: { type: "string" },
    kernel: { type: "string" },
  } as const;
  const values = parsed(own, args);
  const { config, engine, json, rounds, where, batch, block, kernel } = values;
  if (where !== "browser" && where !== "node")
    throw new Error(`--where: browser or node, got ${where}`);
  return {
    config,
    engine: engine ?? (where === "node" ? "webgpu-node" : "webgpu"),
    json,
    rounds: wholeNumber("rounds", rounds),
    where,
    size: {
      ...(batch === undefined ? {} : { batch: wholeNumber("batch", batch) }),
      ...(block === undefined ? {} : { block: wholeNumber("block", block) }),
    },
    kernels: kernel?.split(",") ?? [],
  };
};
