import type { DatasetState } from "@adjoint/data";
import { errorCode, writeAtomically } from "@adjoint/core/node";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What the pipeline has done so far, kept as `state.json` in the folder that it writes to. */
export type PipelineState = {
  /** What it was started with: another corpus or other settings need another folder. */
  readonly settings: string;
  readonly stage: "clean" | "tokenizer" | "tokens" | "done";
  /** Where the reading of documents stands. */
  readonly cursor: DatasetState;
  /** What cleaning must remember. */
  readonly cleaning: DatasetState;
  /** Bytes of `clean.jsonl` that belong to the cursor; what lies behind them is written again. */
  readonly cleanBytes: number;
  readonly files: number;
  /** The file that was read last: it counts once, also when its rows are read by two runs. */
  readonly path: string;
  /** Bytes of all documents as they lay in their files, decompressed. */
  readonly rawBytes: number;
  readonly bad: number;
  /** Seconds spent in each stage, over all runs. */
  readonly seconds: Readonly<Record<"clean" | "tokenizer" | "tokens", number>>;
};

/** Nothing done yet. */
export const firstState = (settings: string): PipelineState => ({
  settings,
  stage: "clean",
  cursor: null,
  cleaning: null,
  cleanBytes: 0,
  files: 0,
  path: "",
  rawBytes: 0,
  bad: 0,
  seconds: { clean: 0, tokenizer: 0, tokens: 0 },
});

const fileName = "state.json";

const isState = (x: unknown): x is PipelineState =>
  typeof x === "object" && x !== null && "settings" in x && "stage" in x && "cleanBytes" in x;

/** Writes a file so that a reader, or the next run after a crash, sees the old one or the new one. */
export const replaceFile = (path: string, text: string): Promise<void> =>
  writeAtomically(path, new TextEncoder().encode(text));

/** The text of a file, or undefined where there is none. */
export const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  });

/** The state in a folder. Rejects when it is of other settings. */
export const loadState = async (out: string, settings: string): Promise<PipelineState> => {
  const text = await readIfThere(join(out, fileName));
  if (text === undefined) return firstState(settings);
  const state: unknown = JSON.parse(text);
  if (isState(state) && state.settings === settings) return state;
  throw new Error(
    `${out} holds a run with other settings; go on with those, or write to another folder`,
  );
};

/** Replaces the state in a folder. */
export const saveState = (out: string, state: PipelineState): Promise<void> =>
  replaceFile(join(out, fileName), JSON.stringify(state));
