/** A token that is looked for in the text before anything else, such as `<|endoftext|>`. */
export type AddedToken = {
  readonly id: number;
  readonly content: string;
  /** Only where it is a word of its own. */
  readonly singleWord: boolean;
  /** Takes the white space before it along. */
  readonly lstrip: boolean;
  /** Takes the white space after it along. */
  readonly rstrip: boolean;
  /** Whether it is looked for in the normalized text, or in the text as it came. */
  readonly normalized: boolean;
  /** Whether decoding can skip it. */
  readonly special: boolean;
};
