import { collect, type DataError, map, pipe } from "@adjoint/data";
import { folder } from "@adjoint/data/node";
import { open, truncate } from "node:fs/promises";
import { join } from "node:path";
import { documentCleaner } from "./clean-documents.ts";
import type { PipelineHooks } from "./pipeline-hooks.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { type PipelineState, saveState } from "./pipeline-state.ts";
import { readDocuments } from "./read-documents.ts";

/** The cleaned documents, one JSON object a line. */
export const cleanFile = (out: string): string => join(out, "clean.jsonl");

/** Lines that are gathered, then written and forced to disk. */
const openLines = async (path: string, size: number) => {
  const file = await open(path, "a");
  await truncate(path, size);
  let [lines, bytes] = ["", size];
  return {
    add: (row: unknown): void => {
      lines += `${JSON.stringify(row)}\n`;
    },
    /** Bytes in the file, all of them safe. */
    save: async (): Promise<number> => {
      const { bytesWritten } = await file.write(lines);
      await file.sync();
      bytes += bytesWritten;
      lines = "";
      return bytes;
    },
    close: () => file.close(),
  };
};

/**
 * Reads, cleans, filters and de-duplicates into `clean.jsonl`. Every `saveEvery` documents what was written is forced to
 * disk and the state says how far it goes; the next run cuts off what lies behind that and goes on there.
 */
export const cleanCorpus = async (
  options: PipelineOptions,
  start: PipelineState,
  { onProgress, signal }: PipelineHooks,
): Promise<PipelineState> => {
  const began = performance.now();
  let { bad, files, path, rawBytes } = start;
  const onBad = (_: string, error: DataError): void => {
    bad++;
    options.onBad?.(error);
  };
  const paths = pipe(
    folder(options.corpus, { glob: options.glob }),
    map(({ path }) => path),
  );
  const total = (await collect(paths)).length;
  const cleaning = await documentCleaner(options.languages, start.cleaning);
  const documents = readDocuments({ ...options, onBad }).open(start.cursor);
  const lines = await openLines(cleanFile(options.out), start.cleanBytes);
  const save = async (stage: PipelineState["stage"]): Promise<PipelineState> => {
    const seconds = start.seconds.clean + (performance.now() - began) / 1000;
    const state: PipelineState = {
      ...start,
      stage,
      cursor: documents.state(),
      cleaning: cleaning.state(),
      cleanBytes: await lines.save(),
      files,
      path,
      rawBytes,
      bad,
      seconds: { ...start.seconds, clean: seconds },
    };
    await saveState(options.out, state);
    return state;
  };
  try {
    let unsaved = 0;
    for await (const document of documents) {
      if (document.path !== path) files++;
      path = document.path;
      rawBytes += document.rawBytes;
      const text = cleaning.clean(document);
      if (text !== undefined) lines.add({ path, text });
      onProgress?.({ stage: "clean", done: files, total, unit: "files" });
      if (++unsaved < options.saveEvery && signal?.aborted !== true) continue;
      await save("clean");
      signal?.throwIfAborted();
      unsaved = 0;
    }
    return await save("tokenizer");
  } finally {
    await lines.close();
  }
};
