/** What may hold on to its neighbours: marks, joiners and the like, Hangul, flags, and letters that go before. */
const sticky =
  "\\p{M}\\p{Cf}\\p{Grapheme_Extend}\\u0d4e\\u1100-\\u11ff\\ua960-\\ua97f\\uac00-\\ud7ff\\u{110bd}-\\u{110cd}\\u{111c2}\\u{111c3}\\u{1193f}\\u{11941}\\u{11a3a}-\\u{11a89}\\u{11d46}\\u{1f1e6}-\\u{1f1ff}\\u{1f3fb}-\\u{1f3ff}";
const loose = `[^\\r\\n${sticky}]`;

const region = new RegExp(
  `(\\r\\n|[\\r\\n]|${loose}+(?![${sticky}]))|${loose}(?:[${sticky}]+${loose}?)*|(?:[${sticky}]+${loose}?)+`,
  "gu",
);

/** A part of a text whose characters stand alone, but for a line end of two; or one where they may hold together. */
export type Region = { readonly text: string; readonly isLoose: boolean };

/** The regions of a text, in order; together they are the text. */
export const regions = function* (text: string): Generator<Region> {
  for (const match of text.matchAll(region))
    yield { text: match[0], isLoose: match[1] !== undefined };
};

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** User-perceived characters of a region that is not loose. */
export const graphemes = (text: string): readonly string[] =>
  [...text].length === 1 ? [text] : Array.from(segmenter.segment(text), ({ segment }) => segment);
