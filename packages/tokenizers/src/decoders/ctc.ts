import { cleanUp } from "./clean-up.ts";

/** Tokens in a row that are the same count once, padding goes, and word delimiters become spaces. */
export const ctc = (
  tokens: readonly string[],
  padToken: string,
  wordDelimiterToken: string,
  cleanup: boolean,
): readonly string[] =>
  tokens
    .filter((token, index) => index === 0 || token !== tokens[index - 1])
    .map((token) => {
      const text = token.replaceAll(padToken, "");
      return cleanup ? cleanUp(text).replaceAll(wordDelimiterToken, " ") : text;
    })
    .filter((text) => text !== "");
