/**
 * Cuts text as a pattern of a well-known tokenizer does, without a regular expression: the end of the piece that begins
 * at `start`, where `end` is the end of the text. Pieces follow one another without gaps.
 */
export type Scanner = (units: Uint16Array, start: number, end: number) => number;
