/** `text` with lone surrogates, which UTF-8 cannot say, as U+FFFD; places stay what they are. */
export const wellFormed = (text: string): string =>
  /\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, "\uFFFD") : text;
