import { ArgumentError } from "@adjoint/core";

/** A setting by name, its value and the least one that it may have. */
type Setting = readonly [name: string, value: number | undefined, least: number];

/** Throws ArgumentError for a setting that is given and is no whole number from its least value on. */
export const checkSettings = (operation: string, settings: readonly Setting[]): void => {
  const bad = settings.find(
    ([, value, least]) => value !== undefined && (!Number.isInteger(value) || value < least),
  );
  if (bad === undefined) return;
  throw new ArgumentError({
    operation,
    rule: `${bad[0]} must be a whole number of at least ${bad[2]}`,
    got: String(bad[1]),
  });
};

/** Throws ArgumentError for a share of characters that is given and is none. */
export const checkCoverage = (
  operation: string,
  { characterCoverage = 1 }: { readonly characterCoverage?: number },
): void => {
  if (characterCoverage > 0 && characterCoverage <= 1) return;
  throw new ArgumentError({
    operation,
    rule: "characterCoverage must be above 0 and at most 1",
    got: String(characterCoverage),
  });
};

/** Throws ArgumentError where characters and reserved tokens fill the vocabulary. */
export const checkRoom = (
  operation: string,
  vocabSize: number,
  characters: number,
  reserved: number,
): void => {
  if (characters + reserved <= vocabSize) return;
  throw new ArgumentError({
    operation,
    rule: "the vocabulary must have room for all characters and special tokens",
    got: `vocabSize ${vocabSize}, ${characters} characters, ${reserved} special tokens and bytes`,
  });
};
