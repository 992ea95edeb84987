/**
 * Whether a code point is in a class, given as the items of a JS class (flag v). What was asked below U+10000 is
 * remembered, so that a loop over a text is fast, and unlike a regular expression it never runs out of stack.
 */
export const characterTest = (items: string): ((code: number) => boolean) => {
  const regex = new RegExp(`[${items}]`, "v");
  const known = new Uint8Array(0x10000); // 0 not asked yet, 1 no, 2 yes
  return (code) => {
    const answer = known[code];
    if (answer !== undefined && answer !== 0) return answer === 2;
    const found = regex.test(String.fromCodePoint(code));
    if (code < 0x10000) known[code] = found ? 2 : 1;
    return found;
  };
};

/** The code point at `index`; `index` must be in the text. */
export const codeAt = (text: string, index: number): number => text.codePointAt(index) ?? 0;

/** How many UTF-16 units a code point takes. */
export const widthOf = (code: number): 1 | 2 => (code > 0xffff ? 2 : 1);
