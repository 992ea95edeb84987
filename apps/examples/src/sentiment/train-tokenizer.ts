import { type TextTokenizer, textTokenizer, trainWordPiece } from "@adjoint/tokenizers";

/** BERT's special tokens, in the order of their ids. */
const specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] as const;

/** Ids of the special tokens. */
export const special = { pad: 0, unknown: 1, cls: 2, sep: 3, mask: 4 } as const;

/** A WordPiece tokenizer as BERT's uncased one, that encodes a text as `[CLS] text [SEP]`. */
export const trainTokenizer = async (
  texts: Iterable<string>,
  vocabSize: number,
): Promise<TextTokenizer> => {
  const spec = await trainWordPiece(texts, {
    vocabSize,
    specialTokens,
    normalizer: {
      type: "Bert",
      cleanText: true,
      handleChineseChars: true,
      stripAccents: undefined,
      lowercase: true,
    },
    preTokenizer: { type: "BertPreTokenizer" },
    postProcessor: {
      type: "BertProcessing",
      sep: ["[SEP]", special.sep],
      cls: ["[CLS]", special.cls],
    },
  });
  return textTokenizer(spec);
};
