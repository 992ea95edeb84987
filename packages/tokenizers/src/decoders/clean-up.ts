const repairs = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
] as const;

const needed = / (?:[.?!,']|n't|do not)/;

/** English text without the spaces that splitting put in. Source: clean_up_tokenization of Hugging Face's tokenizers. */
export const cleanUp = (text: string): string =>
  needed.test(text)
    ? repairs.reduce((clean, [from, to]) => clean.replaceAll(from, to), text)
    : text;
