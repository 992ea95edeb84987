/** A document or a conversation as tokens. */
export type Example = {
  readonly ids: Int32Array;
  /** 1 for tokens that a model shall learn to predict, 0 for those it only reads; all are learned when absent. */
  readonly trained?: Uint8Array;
};
