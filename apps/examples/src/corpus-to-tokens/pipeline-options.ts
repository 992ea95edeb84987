import type { DataError } from "@adjoint/data";

/** What the pipeline is told. */
export type PipelineOptions = {
  /** The dirty folder. */
  readonly corpus: string;
  /** Where everything is written. */
  readonly out: string;
  /** Patterns of paths within the corpus; all files when empty. */
  readonly glob: readonly string[];
  /** The key of the text in .jsonl files. */
  readonly field: string;
  /** Languages that are kept, as ISO 639-1 codes; all when empty. */
  readonly languages: readonly string[];
  /** A tokenizer.json to use; one is trained when absent. */
  readonly tokenizer?: string;
  /** Tokens of the vocabulary that is trained. */
  readonly vocabSize: number;
  /** Every so many documents one goes to the validation set. */
  readonly validationEvery: number;
  /** Documents between two saves: what is lost at most when the process is killed. */
  readonly saveEvery: number;
  /** Goes into the manifests. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Told of what cannot be read. */
  readonly onBad?: (error: DataError) => void;
};

/** Settings that the results depend on, as text: a run goes on only with the same. */
export const settingsOf = (options: PipelineOptions): string =>
  JSON.stringify([
    options.corpus,
    options.glob,
    options.field,
    options.languages,
    options.tokenizer ?? null,
    options.vocabSize,
    options.validationEvery,
  ]);
