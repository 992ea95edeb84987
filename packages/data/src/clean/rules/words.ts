/** Splits a text into words. */
export type WordSplitter = (text: string) => readonly string[];

const TOKENS = /[\p{L}\p{M}\p{N}_]+(?:['’-][\p{L}\p{M}\p{N}_]+)*|\.{2,}|\S/gu;

/**
 * Words as most filters of English corpora count them: runs of letters, marks and digits, with inner apostrophes and hyphens; every other
 * sign that is no white space alone, dots in a row together. For scripts without spaces take `segmentWords`.
 */
export const splitWords: WordSplitter = (text) => text.match(TOKENS) ?? [];

/** Words by white space, as the Gopher paper counts them. */
export const splitAtSpaces: WordSplitter = (text) => text.match(/\S+/gu) ?? [];

/** Words as the engine's dictionary for `locale` finds them (`Intl.Segmenter`), for Chinese, Japanese, Thai and the like; slow. */
export const segmentWords = (locale: string): WordSplitter => {
  const segmenter = new Intl.Segmenter(locale, { granularity: "word" });
  return (text) =>
    Array.from(segmenter.segment(text), ({ segment }) => segment).filter((word) =>
      /\S/u.test(word),
    );
};

// A mark before white space, quotes and brackets between; or any, where the script writes no spaces.
const ENDS = /[。！？](?![。！？])|[\p{Sentence_Terminal}…](?=["'”’»)\]]*(?:\s|$))/gu;

const ENDED = /[\p{Sentence_Terminal}…]["'”’»)\]]*$/u;

/** Counts sentences by their end marks, in any script; an unfinished last one counts. */
export const countSentences = (text: string): number => {
  const trimmed = text.trim();
  if (trimmed === "") return 0;
  const ends = trimmed.match(ENDS)?.length ?? 0;
  return ENDED.test(trimmed.slice(-16)) ? Math.max(1, ends) : ends + 1;
};
