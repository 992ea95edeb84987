import type { VocabularyName } from "@adjoint/oracles";

/** The vocabularies that are measured. */
export type Config = Extract<VocabularyName, "cl100k" | "gpt2" | "qwen3" | "bert">;

/** A tokenizer that is ready: encodes texts to ids without special tokens around, and says how many ids there were. */
export type Encode = (texts: readonly string[]) => number | Promise<number>;

/** A library. */
export interface Encoder {
  readonly name: string;
  /** Loads a vocabulary; undefined where the library does not have it. */
  readonly load: (config: Config) => Promise<Encode | undefined>;
}

/** The sum of the lengths of what `encode` gives. */
export const countIds =
  (encode: (text: string) => { readonly length: number }): Encode =>
  (texts) =>
    texts.reduce((total, text) => total + encode(text).length, 0);
