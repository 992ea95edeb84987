import type { ConfigJson } from "../pretrained/written-config.ts";

/** What a checkpoint of BERT holds besides the encoder. */
export type BertHeads = {
  /** The head for masked words, as `maskedWord`. */
  readonly maskedWord?: boolean;
  /** As `initPooler` gives it; its name where that is another than the family's own. */
  readonly pooler?: boolean | string;
  /** Linear heads: the name that they have in the tree and in the file, and how many scores each gives. */
  readonly linear?: readonly {
    readonly path: string;
    readonly name: string;
    readonly outputs: number;
  }[];
  /** Hugging Face's class with these heads, without the name of the family (`ForMaskedLM`); config.json names none when absent. */
  readonly architecture?: string;
  /** Names of the classes, in the order of their scores: `id2label` of config.json. */
  readonly labels?: readonly string[];
};

/** Classes: their names, or how many there are, which are then `LABEL_0`, `LABEL_1`, ... */
export type BertLabels = number | readonly string[];

/** Heads of Hugging Face's classes. */
export const bertHeads: {
  /** No more than `BertModel`: the encoder and its pooler. */
  readonly encoder: BertHeads;
  readonly preTraining: BertHeads;
  readonly maskedLm: BertHeads;
  readonly sequenceClassification: (labels: BertLabels) => BertHeads;
  readonly tokenClassification: (labels: BertLabels) => BertHeads;
  readonly questionAnswering: BertHeads;
} = {
  encoder: { architecture: "Model", pooler: true },
  preTraining: {
    architecture: "ForPreTraining",
    maskedWord: true,
    pooler: true,
    linear: [{ path: "nextSentence", name: "cls.seq_relationship", outputs: 2 }],
  },
  maskedLm: { architecture: "ForMaskedLM", maskedWord: true },
  sequenceClassification: (labels) => ({
    architecture: "ForSequenceClassification",
    pooler: true,
    ...classifier("classifier", labels),
  }),
  tokenClassification: (labels) => ({
    architecture: "ForTokenClassification",
    ...classifier("classifier", labels),
  }),
  questionAnswering: {
    architecture: "ForQuestionAnswering",
    linear: [{ path: "answers", name: "qa_outputs", outputs: 2 }],
  },
};

/** The linear head `classifier`, by its name in the file. */
export const classifier = (
  name: string,
  labels: BertLabels,
): Required<Pick<BertHeads, "linear" | "labels">> => {
  const names =
    typeof labels === "number"
      ? Array.from({ length: labels }, (_, i) => `LABEL_${i}`)
      : [...labels];
  return { labels: names, linear: [{ path: "classifier", name, outputs: names.length }] };
};

/** The encoder alone. */
export const noHeads: BertHeads = { architecture: "Model" };

/** What config.json says of heads, in a family whose classes begin with `family`. */
export const headFields = (family: string, { architecture, labels }: BertHeads): ConfigJson => ({
  ...(architecture === undefined ? {} : { architectures: [`${family}${architecture}`] }),
  ...(labels === undefined
    ? {}
    : {
        id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
        label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
      }),
});
