import type { DatasetState } from "@adjoint/data";
import { openTokenWriter, type TokenWriter } from "@adjoint/data/node";
import type { TextTokenizer } from "@adjoint/tokenizers";
import { join } from "node:path";
import type { PipelineHooks } from "./pipeline-hooks.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { cleanTexts, documentStart } from "./prepare-tokenizer.ts";

/** What a set of shards holds. */
export type TokenCounts = { readonly documents: number; readonly tokens: number };

/** Documents that were read when a writer was saved, and where reading goes on. */
type Cursor = { readonly read: number; readonly at: DatasetState };

const cursorOf = (writer: TokenWriter): Cursor => {
  const cursor = writer.cursor();
  if (typeof cursor !== "object" || cursor === null || Array.isArray(cursor))
    return { read: 0, at: null };
  const entries = new Map(Object.entries(cursor));
  return { read: Number(entries.get("read") ?? 0), at: entries.get("at") ?? null };
};

/** The start token and the text; a start token within the text is text. */
const tokensOf = (tokenizer: TextTokenizer, start: number, text: string): Int32Array => {
  const ids = tokenizer.encode(text, { specialTokensInText: "none" });
  const tokens = new Int32Array(ids.length + 1);
  tokens[0] = start;
  tokens.set(ids, 1);
  return tokens;
};

const countsOf = async (writer: TokenWriter): Promise<TokenCounts> => {
  await writer.finish();
  return { documents: writer.documents(), tokens: writer.tokens() };
};

/**
 * Writes `clean.jsonl` as token shards to `train` and `validation`. The two are saved one after the other, so after a
 * crash one may be ahead: reading goes on at the one behind, and the other takes only what it does not have yet.
 */
export const writeTokens = async (
  options: PipelineOptions,
  tokenizer: TextTokenizer,
  { onProgress, signal }: PipelineHooks,
): Promise<{ readonly train: TokenCounts; readonly validation: TokenCounts }> => {
  const start = tokenizer.tokenToId(documentStart) ?? 0;
  const dtype = tokenizer.vocabSize <= 2 ** 16 ? "uint16" : "uint32";
  const openWriter = (name: string): Promise<TokenWriter> =>
    openTokenWriter(join(options.out, name), { dtype, metadata: options.metadata });
  const [train, validation] = [await openWriter("train"), await openWriter("validation")];
  const [first, second] = [cursorOf(train), cursorOf(validation)];
  let { read, at } = first.read < second.read ? first : second;
  const save = async (): Promise<void> => {
    await train.save({ read, at });
    await validation.save({ read, at });
  };
  const texts = cleanTexts(options.out).open(at);
  try {
    for await (const text of texts) {
      const isValidation = read % options.validationEvery === options.validationEvery - 1;
      const [writer, before] = isValidation ? [validation, second] : [train, first];
      const isNew = read >= before.read;
      [read, at] = [read + 1, texts.state()];
      if (isNew) await writer.append(tokensOf(tokenizer, start, text), { read, at });
      onProgress?.({ stage: "tokens", done: read, total: undefined, unit: "documents" });
      if (read % options.saveEvery === 0 || signal?.aborted === true) await save();
      signal?.throwIfAborted();
    }
    await save();
    return { train: await countsOf(train), validation: await countsOf(validation) };
  } finally {
    await train.close();
    await validation.close();
  }
};
