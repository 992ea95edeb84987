import { corpus } from "@adjoint/oracles";

/** Length of a document in UTF-16 units. */
const documentLength = 4000;

const cut = (text: string, length: number): string[] =>
  Array.from({ length: Math.ceil(text.length / length) }, (_, i) =>
    text.slice(i * length, (i + 1) * length),
  );

/** Size of texts in millions of UTF-8 bytes. */
export const megabytes = (texts: readonly string[]): number =>
  texts.reduce((total, text) => total + Buffer.byteLength(text), 0) / 1e6;

/** Documents of plays, code, Chinese poems, names and emoji, an equal share of each kind's up to `each` units. */
export const documents = (each: number): readonly string[] =>
  corpus()
    .filter(({ name }) => name !== "noise")
    .flatMap(({ text }) => cut(text.slice(0, each), documentLength));

/** All of the corpus as one text, cut to `length` units. */
export const wholeText = (length: number): string =>
  corpus()
    .map(({ text }) => text)
    .join("\n")
    .slice(0, length);
