/** How far a stage is. */
export type PipelineProgress = {
  readonly stage: "clean" | "tokenizer" | "tokens";
  readonly done: number;
  /** undefined where it is not known beforehand. */
  readonly total: number | undefined;
  /** What is counted. */
  readonly unit: string;
};

/** What a caller may see and do while the pipeline runs. */
export type PipelineHooks = {
  readonly onProgress?: (progress: PipelineProgress) => void;
  /** Stops after the document at hand, with everything saved. */
  readonly signal?: AbortSignal;
};
