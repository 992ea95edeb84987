import type { AddedVocabulary } from "../added-tokens/added-vocabulary.ts";
import type { Normalizer } from "../normalizers/normalizer-type.ts";
import type { AddedToken } from "../spec/added-token.ts";
import { type AlignedText, alignedText, sliceAligned } from "../text/aligned-text.ts";

/** Takes a part of a text that is not empty: an added token, or normalized text. */
export type VisitSection = (section: AlignedText, token: AddedToken | undefined) => void;

/** Cuts texts at added tokens, and normalizes what lies between. */
export type Sections = (
  text: string,
  skipSpecial: boolean,
  tracked: boolean,
  visit: VisitSection,
) => void;

/** Tokens are looked for in the text as it came, and those that ask for it in the normalized text. */
export const sectionsOf = (added: AddedVocabulary, normalize: Normalizer): Sections => {
  const { findRaw, findNormalized } = added;
  return (text, skipSpecial, tracked, visit) => {
    const visitOrdinary = (section: AlignedText): void => {
      const normalized = normalize(section);
      if (normalized.text === "") return;
      if (findNormalized === undefined) return visit(anchored(normalized), undefined);
      findNormalized(normalized.text, skipSpecial, (start, end, token) =>
        visit(sliceAligned(anchored(normalized), start, end), token),
      );
    };
    const whole = alignedText(text, tracked);
    if (text === "") return;
    if (findRaw === undefined) return visitOrdinary(whole);
    findRaw(text, skipSpecial, (start, end, token) => {
      const section = sliceAligned(whole, start, end);
      if (token === undefined) visitOrdinary(section);
      else visit(section, token);
    });
  };
};

/** Once normalized, a text begins where its first character comes from. */
const anchored = (text: AlignedText): AlignedText =>
  text.alignment === undefined
    ? text
    : { ...text, origin: text.alignment.starts[0] ?? text.origin };
