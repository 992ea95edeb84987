import { type AddedToken, specialToken, type TokenizerSpec } from "@adjoint/tokenizers";

const mark = "▁";

/** A vocabulary and its merges `"a b"`, in the order of rank. */
export type Pieces = {
  readonly vocabById: readonly string[];
  readonly merges: ReadonlyMap<string, number>;
};

const pair = (key: string): readonly [string, string] => {
  const [first = "", second = ""] = key.split(" ");
  return [first, second];
};

const added: readonly AddedToken[] = [
  specialToken("<unk>", 0),
  specialToken("<s>", 1),
  specialToken("</s>", 2),
];

/** Llama 2 and Mistral as their tokenizer.json has them: a SentencePiece BPE with byte fallback, `<s>` before the text. */
export const llamaLike = ({ vocabById, merges }: Pieces): TokenizerSpec => ({
  addedTokens: added,
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Prepend", prepend: mark },
      { type: "Replace", pattern: { text: " " }, content: mark },
    ],
  },
  preTokenizer: undefined,
  model: {
    type: "BPE",
    vocab: new Map(vocabById.map((token, id) => [token, id])),
    merges: [...merges.keys()].map(pair),
    unkToken: "<unk>",
    continuingSubwordPrefix: undefined,
    endOfWordSuffix: undefined,
    fuseUnk: true,
    byteFallback: true,
    ignoreMerges: false,
    dropout: undefined,
  },
  postProcessor: {
    type: "TemplateProcessing",
    single: [
      { specialToken: "<s>", typeId: 0 },
      { sequence: "A", typeId: 0 },
    ],
    pair: [
      { specialToken: "<s>", typeId: 0 },
      { sequence: "A", typeId: 0 },
      { specialToken: "<s>", typeId: 1 },
      { sequence: "B", typeId: 1 },
    ],
    specialTokens: new Map([["<s>", [["<s>", 1]]]]),
  },
  decoder: {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { text: mark }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 },
    ],
  },
  truncation: undefined,
  padding: undefined,
});
