/**
 * A text without what should not tell two apart: NFC, lower case, digits as 0, no punctuation or symbols, runs of white space as one
 * space, trimmed (the normalisation of CCNet, which most de-duplicated corpora took over).
 * @see https://arxiv.org/abs/1911.00359
 */
export const comparableText = (text: string): string =>
  text
    .normalize("NFC")
    .toLowerCase()
    .replace(/\p{Nd}/gu, "0")
    .replace(/[\p{P}\p{S}]/gu, "")
    .replace(/[\p{White_Space}\p{Cc}\u200b\ufeff]+/gu, " ")
    .trim();
