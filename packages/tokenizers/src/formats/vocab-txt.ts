import { type Either, left, right } from "@adjoint/core/either";
import { TokenizerFormatError } from "../errors.ts";
import type { AddedToken } from "../spec/added-token.ts";
import type { Vocab } from "../spec/model-spec.ts";
import type { PostProcessorSpec } from "../spec/post-processor-spec.ts";
import type { TokenizerSpec } from "../spec/tokenizer-spec.ts";
import { reading } from "./reading.ts";
import { specialToken } from "../spec/special-token.ts";

/** What a BERT vocabulary leaves open. */
export type VocabTxtOptions = {
  /** Whether text is put in lower case, as for the "uncased" models; default true. */
  readonly lowercase?: boolean;
  /** Whether accents go; default as `lowercase`. */
  readonly stripAccents?: boolean;
  /** Whether every Chinese character is a word; default true. */
  readonly handleChineseChars?: boolean;
};

const operation = "tokenizerFromVocabTxt";

const vocabOf = (text: string): Vocab => {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const vocab = new Map<string, number>();
  for (const [id, token] of lines.entries()) {
    if (vocab.has(token))
      throw new TokenizerFormatError({
        operation,
        rule: `line ${id + 1} must be a token of its own`,
        got: `${JSON.stringify(token.slice(0, 60))}, as in line ${(vocab.get(token) ?? 0) + 1}`,
      });
    vocab.set(token, id);
  }
  return vocab;
};

const idOf = (vocab: Vocab, token: string): number => {
  const id = vocab.get(token);
  if (id === undefined)
    throw new TokenizerFormatError({ operation, rule: `the vocabulary must have ${token}` });
  return id;
};

const aroundText = (cls: number, sep: number): PostProcessorSpec => ({
  type: "TemplateProcessing",
  single: [
    { specialToken: "[CLS]", typeId: 0 },
    { sequence: "A", typeId: 0 },
    { specialToken: "[SEP]", typeId: 0 },
  ],
  pair: [
    { specialToken: "[CLS]", typeId: 0 },
    { sequence: "A", typeId: 0 },
    { specialToken: "[SEP]", typeId: 0 },
    { sequence: "B", typeId: 1 },
    { specialToken: "[SEP]", typeId: 1 },
  ],
  specialTokens: new Map([
    ["[CLS]", [["[CLS]", cls]]],
    ["[SEP]", [["[SEP]", sep]]],
  ]),
});

const specialOf = (vocab: Vocab): readonly AddedToken[] =>
  ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].flatMap((token) => {
    const id = vocab.get(token);
    return id === undefined ? [] : [specialToken(token, id)];
  });

/**
 * The tokenizer of a BERT `vocab.txt` (a token a line; the line is the id), or what is wrong with it and in which line.
 * Source: https://github.com/google-research/bert/blob/master/tokenization.py
 *
 * ```ts doctest
 * import { textTokenizer, tokenizerFromVocabTxt } from "@adjoint/tokenizers";
 * const loaded = tokenizerFromVocabTxt("[PAD]\n[UNK]\n[CLS]\n[SEP]\nplay\n##ing\n");
 * if (loaded._tag === "Left") throw loaded.left;
 * Array.from(textTokenizer(loaded.right).encode("Playing")); // => [2, 4, 5, 3]
 * ```
 */
export const tokenizerFromVocabTxt = (
  text: string,
  options: VocabTxtOptions = {},
): Either<TokenizerFormatError, TokenizerSpec> =>
  reading(() => {
    const vocab = vocabOf(text);
    idOf(vocab, "[UNK]");
    return {
      addedTokens: specialOf(vocab),
      normalizer: {
        type: "Bert",
        cleanText: true,
        handleChineseChars: options.handleChineseChars ?? true,
        stripAccents: options.stripAccents,
        lowercase: options.lowercase ?? true,
      },
      preTokenizer: { type: "BertPreTokenizer" },
      model: {
        type: "WordPiece",
        vocab,
        unkToken: "[UNK]",
        continuingSubwordPrefix: "##",
        maxInputCharsPerWord: 100,
      },
      postProcessor: aroundText(idOf(vocab, "[CLS]"), idOf(vocab, "[SEP]")),
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      truncation: undefined,
      padding: undefined,
    };
  });

/** The tokens a line each, as a `vocab.txt`; a `left` where ids have holes, tokens line breaks, or the model pairs or scores. */
export const tokenizerToVocabTxt = ({
  model,
}: TokenizerSpec): Either<TokenizerFormatError, string> => {
  const isWords = model.type === "WordPiece" || model.type === "WordLevel";
  const tokens = isWords ? [...model.vocab].toSorted((a, b) => a[1] - b[1]) : [];
  const bad = tokens.find(([token, id], i) => id !== i || /[\r\n]/.test(token));
  if (isWords && bad === undefined) return right(tokens.map(([token]) => `${token}\n`).join(""));
  return left(
    new TokenizerFormatError({
      operation: "tokenizerToVocabTxt",
      rule: "vocab.txt holds words whose ids are their lines",
      got: bad === undefined ? model.type : `${JSON.stringify(bad[0])} with id ${bad[1]}`,
      fix: "save it with tokenizerToJson",
    }),
  );
};
