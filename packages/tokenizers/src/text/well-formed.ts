const native: unknown = Reflect.get(String.prototype, "isWellFormed");

/** `String.prototype.isWellFormed`, which engines before 2023 lack. */
const isWellFormed = (text: string): boolean =>
  typeof native === "function"
    ? Reflect.apply(native, text, []) === true
    : !/\p{Surrogate}/u.test(text);

/** `text` with lone surrogates, which UTF-8 cannot say, as U+FFFD; places stay what they are. */
export const wellFormed = (text: string): string =>
  isWellFormed(text) ? text : text.replace(/\p{Surrogate}/gu, "\uFFFD");
