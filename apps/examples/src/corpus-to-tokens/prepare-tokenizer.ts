import { type Dataset, jsonLines, map, pipe } from "@adjoint/data";
import { fileSource } from "@adjoint/data/node";
import {
  type TextTokenizer,
  textTokenizer,
  tokenizerFromJson,
  tokenizerToJson,
  trainBpe,
} from "@adjoint/tokenizers";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cleanFile } from "./clean-corpus.ts";
import type { PipelineHooks } from "./pipeline-hooks.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { readIfThere, replaceFile } from "./pipeline-state.ts";

/** Begins every document, as in GPT-2. */
export const documentStart = "<|endoftext|>";

/** The texts of `clean.jsonl`. */
export const cleanTexts = (out: string): Dataset<string> =>
  pipe(
    jsonLines(fileSource(cleanFile(out))),
    map(({ text }) => (typeof text === "string" ? text : "")),
  );

const load = (json: string): TextTokenizer => {
  const spec = tokenizerFromJson(json);
  if (spec._tag === "Left") throw spec.left;
  return textTokenizer(spec.right);
};

const train = async (options: PipelineOptions, hooks: PipelineHooks): Promise<string> => {
  const spec = await trainBpe(cleanTexts(options.out), {
    vocabSize: options.vocabSize,
    specialTokens: [documentStart],
    preTokenizer: { type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: true },
    onProgress: ({ done, total, stage }) =>
      hooks.onProgress?.({
        stage: "tokenizer",
        done,
        total,
        unit: stage === "read" ? "texts" : "tokens",
      }),
    ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
  });
  return tokenizerToJson(spec);
};

/** The tokenizer of the run: the one that is there already, the one that was asked for, or a new one, kept as JSON. */
export const prepareTokenizer = async (
  options: PipelineOptions,
  hooks: PipelineHooks,
): Promise<TextTokenizer> => {
  const path = join(options.out, "tokenizer.json");
  const there = await readIfThere(path);
  if (there !== undefined) return load(there);
  const json =
    options.tokenizer === undefined
      ? await train(options, hooks)
      : await readFile(options.tokenizer, "utf8");
  const tokenizer = load(json);
  await replaceFile(path, json);
  return tokenizer;
};
