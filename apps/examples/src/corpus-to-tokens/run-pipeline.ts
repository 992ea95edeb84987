import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import { documentCleaner } from "./clean-documents.ts";
import { cleanCorpus } from "./clean-corpus.ts";
import type { PipelineHooks } from "./pipeline-hooks.ts";
import { type PipelineOptions, settingsOf } from "./pipeline-options.ts";
import { loadState, type PipelineState, replaceFile, saveState } from "./pipeline-state.ts";
import { prepareTokenizer } from "./prepare-tokenizer.ts";
import { type PipelineReport, reportOf } from "./pipeline-report.ts";
import { writeTokens } from "./write-tokens.ts";

const timed = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
  const began = performance.now();
  const result = await work();
  return [result, (performance.now() - began) / 1000];
};

/**
 * Takes a dirty folder to token shards in `options.out`: clean.jsonl, tokenizer.json, train/, validation/, report.json.
 * Stopped by the signal or killed at any place, the next call with the same options goes on where it was and ends with
 * the same files.
 */
export const runPipeline = async (
  options: PipelineOptions,
  hooks: PipelineHooks = {},
): Promise<PipelineReport> => {
  await mkdir(options.out, { recursive: true });
  let state: PipelineState = await loadState(options.out, settingsOf(options));
  if (state.stage === "clean") state = await cleanCorpus(options, state, hooks);
  const [tokenizer, training] = await timed(() => prepareTokenizer(options, hooks));
  if (state.stage === "tokenizer") {
    const seconds = { ...state.seconds, tokenizer: state.seconds.tokenizer + training };
    state = { ...state, stage: "tokens", seconds };
    await saveState(options.out, state);
  }
  const [counts, writing] = await timed(() => writeTokens(options, tokenizer, hooks));
  if (state.stage === "tokens") {
    const seconds = { ...state.seconds, tokens: state.seconds.tokens + writing };
    state = { ...state, stage: "done", seconds };
    await saveState(options.out, state);
  }
  const cleaning = await documentCleaner(options.languages, state.cleaning);
  const report = reportOf(state, cleaning.report(), counts, options);
  await replaceFile(join(options.out, "report.json"), `${JSON.stringify(report, null, 1)}\n`);
  return report;
};
