/**
 * Numbers that come from shapes are marked in generated WGSL, so that one text serves all shapes: a kernel is compiled with
 * its own numbers first, and once other shapes come up, as one kernel that reads them from a buffer.
 */
export const size = (n: number): string => `⟦${n}⟧`;

const mark = /⟦(\d+)⟧/g;

/** The text with its own numbers. */
export const withNumbers = (code: string): string => code.replace(mark, (_, n: string) => `${n}u`);

/** A text with its numbers left out, and those numbers in order. */
export type Numberless = { readonly code: string; readonly numbers: readonly number[] };

/** The text with reads from an array of vec4 in place of its numbers, and those numbers in order. */
export const withoutNumbers = (code: string): Numberless => {
  const numbers: number[] = [];
  const text = code.replace(mark, (_, n: string) => {
    numbers.push(Number(n));
    return `shape[${Math.floor((numbers.length - 1) / 4)}][${(numbers.length - 1) % 4}]`;
  });
  return { code: text, numbers };
};
