import { type TextTokenizer, textTokenizer, trainBpe } from "@adjoint/tokenizers";
import type { Emoji } from "../emoji/emoji.ts";

/** Stands at the end of every caption and fills up the rest of its row. */
const endToken = "<|end|>";

/** Tokens and the id of the end among them. */
export type CaptionTokenizer = { readonly tokenizer: TextTokenizer; readonly endId: number };

/** What an emoji is called: its name, then its tags. */
export const wordsOf = ({ label, tags }: Emoji): readonly string[] => [label, ...tags];

/** Words as a caption: "cat face, animal, cat". */
export const captionOf = (words: readonly string[]): string => words.join(", ");

/** A byte-level BPE tokenizer of the captions: what it never saw becomes bytes. */
export const trainCaptionTokenizer = async (
  emoji: readonly Emoji[],
  vocabSize: number,
): Promise<CaptionTokenizer> => {
  const captions = emoji.map((each) => captionOf(wordsOf(each)));
  const spec = await trainBpe(captions, {
    vocabSize,
    preTokenizer: { type: "ByteLevel", addPrefixSpace: true, trimOffsets: true, useRegex: true },
    ids: "bytesFirst",
    specialTokens: [endToken],
  });
  const tokenizer = textTokenizer(spec);
  const endId = tokenizer.tokenToId(endToken);
  if (endId === undefined) throw new Error(`${endToken} has no id`);
  return { tokenizer, endId };
};

/** A row (T) of ids: the caption cut to T - 1 tokens, and end tokens. */
export const encodeCaption = (
  { tokenizer, endId }: CaptionTokenizer,
  caption: string,
  length: number,
): Int32Array => {
  const row = new Int32Array(length).fill(endId);
  row.set(tokenizer.encode(caption).subarray(0, length - 1));
  return row;
};
