import { parseArgs } from "node:util";

/** What every benchmark understands on its command line. */
export interface Options {
  readonly config: string;
  readonly engine: string;
  readonly json: boolean;
  readonly rounds: number;
}

/** Reads --config, --engine, --rounds and --json. */
export const readOptions = (defaults: {
  config: string;
  engine?: string;
  rounds?: number;
}): Options => {
  const { values } = parseArgs({
    options: {
      config: { type: "string", default: defaults.config },
      engine: { type: "string", default: defaults.engine ?? "default" },
      rounds: { type: "string", default: String(defaults.rounds ?? 5) },
      json: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds: a whole number from 1 on, got ${values.rounds}`);
  return { config: values.config, engine: values.engine, json: values.json, rounds };
};
