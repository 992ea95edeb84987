// What the published filters measure, written from datatrove's sources (https://github.com/huggingface/datatrove, commit a649de7,
// src/datatrove/pipeline/filters); lengths are in code points, as there.

/** Code points of a text. */
export const lengthOf = (text: string): number => {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // The second half of a pair does not count.
    if (unit < 0xdc00 || unit > 0xdfff || !isLead(text.charCodeAt(i - 1))) length++;
  }
  return length;
};

const isLead = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;

/** Lines as Python's `splitlines` cuts them: at every kind of line end, without an empty last one. */
export const splitLines = (text: string): readonly string[] => {
  // oxlint-disable-next-line no-control-regex -- Python's line ends
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
};

/** How often `part` occurs, without overlap. */
export const countOf = (text: string, part: string): number => text.split(part).length - 1;

/** The share of items that pass, 0 of none. */
export const shareOf = <T>(items: readonly T[], passes: (item: T) => boolean): number =>
  items.length === 0 ? 0 : items.filter(passes).length / items.length;

/** Items that occurred before: how many, and their characters. */
export const repeated = (
  items: readonly string[],
): { readonly items: number; readonly characters: number } => {
  const seen = new Set<string>();
  let count = 0;
  let characters = 0;
  for (const item of items) {
    if (seen.has(item)) {
      count++;
      characters += lengthOf(item);
    } else seen.add(item);
  }
  return { items: count, characters };
};
