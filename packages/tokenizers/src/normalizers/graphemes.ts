/** What may hold on to its neighbours: marks, joiners and the like, Hangul, flags, and letters that go before. */
const sticky =
  "\\p{M}\\p{Cf}\\p{Grapheme_Extend}\\u0d4e\\u1100-\\u11ff\\ua960-\\ua97f\\uac00-\\ud7ff\\u{110bd}-\\u{110cd}\\u{111c2}\\u{111c3}\\u{1193f}\\u{11941}\\u{11a3a}-\\u{11a89}\\u{11d46}\\u{1f1e6}-\\u{1f1ff}\\u{1f3fb}-\\u{1f3ff}";

const region = new RegExp(
  `(?<loose>[^${sticky}]+(?![${sticky}]))|[^${sticky}](?:[${sticky}]+[^${sticky}]?)*|(?:[${sticky}]+[^${sticky}]?)+`,
  "gu",
);

const character = /\r\n|[^]/gu;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** User-perceived characters of a text, in order. The engine is asked only where characters may hold together. */
export const graphemes = function* (text: string): Generator<string> {
  for (const { 0: part, groups } of text.matchAll(region)) {
    if (groups?.["loose"] !== undefined)
      for (const [single] of part.matchAll(character)) yield single;
    else for (const { segment } of segmenter.segment(part)) yield segment;
  }
};
