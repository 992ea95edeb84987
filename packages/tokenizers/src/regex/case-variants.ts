/** Letters outside ASCII that fold to an ASCII letter. */
const beyond: ReadonlyMap<string, string> = new Map([
  ["k", "\u212a"],
  ["s", "\u017f"],
]);

/** A character and what equals it when case does not count. */
export const caseVariants = (character: string): readonly string[] => {
  const lower = character.toLowerCase();
  const upper = character.toUpperCase();
  const variants = [character, lower, upper, beyond.get(lower)];
  const single = variants.filter((variant) => variant !== undefined && [...variant].length === 1);
  return [...new Set(single)].filter((variant) => variant !== undefined);
};
