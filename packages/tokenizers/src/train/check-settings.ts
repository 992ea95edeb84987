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

/** Throws ArgumentError for a share of characters that is none, or that the rule does not ask for. */
export const checkCoverage = (
  operation: string,
  options: { readonly characterCoverage?: number; readonly rule?: string },
): void => {
  const { characterCoverage, rule } = options;
  if (characterCoverage === undefined) return;
  const isShare = characterCoverage > 0 && characterCoverage <= 1;
  if (isShare && rule === "sentencePiece") return;
  throw new ArgumentError({
    operation,
    rule: isShare
      ? 'characterCoverage goes with rule: "sentencePiece"'
      : "characterCoverage must be above 0 and at most 1",
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
