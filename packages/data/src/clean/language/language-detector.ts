import type { KeepRule } from "../rules/rule.ts";

/** What language a text is in. */
export type DetectedLanguage = {
  /** ISO 639-1 code; "und" for a text without letters. Malay and Indonesian, which the detector does not tell apart, are both "ms". */
  readonly language: string;
  /** 0 to 1: how far the best language is ahead of the next, which is never far for related ones; 0 for "und". */
  readonly confidence: number;
};

/** Tells the language of a text. */
export type LanguageDetector = (text: string) => DetectedLanguage;

/** Settings of `languageDetector`. */
export type LanguageDetectorOptions = {
  /** How large a model is loaded: "extrasmall" 0.9 MB, "small" 1.6 MB (default), "medium" 2 MB, "large" 4.5 MB. */
  readonly size?: "extrasmall" | "small" | "medium" | "large";
  /** Only so many code units from the start are looked at; default 2000. */
  readonly maxLength?: number;
};

type Scores = { readonly language: string; getScores: () => Readonly<Record<string, number>> };

type Model = { readonly eld: { detect: (text: string) => Scores } };

const load = async (size: NonNullable<LanguageDetectorOptions["size"]>): Promise<Model> => {
  switch (size) {
    case "extrasmall":
      return import("eld/extrasmall");
    case "small":
      return import("eld/small");
    case "medium":
      return import("eld/medium");
    case "large":
      return import("eld/large");
  }
};

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** How far the best score is ahead of the next, of the best. */
const lead = (scores: readonly number[]): number => {
  const [best = 0, next = 0] = scores.toSorted((a, b) => b - a);
  return best > 0 ? clamp((best - next) / best) : 0;
};

/**
 * Loads a detector of 60 languages (the library eld, n-grams of bytes). The model is loaded by itself, so a page that does not ask for it
 * does not download it.
 *
 * ```ts doctest
 * import { languageDetector } from "@adjoint/data";
 * const detect = await languageDetector();
 * detect("Wo hast du die Schlüssel gelassen?").language; // => "de"
 * detect("12 + 30").language; // => "und"
 * ```
 */
export const languageDetector = async (
  options: LanguageDetectorOptions = {},
): Promise<LanguageDetector> => {
  const { size = "small", maxLength = 2000 } = options;
  const { eld } = await load(size);
  return (text) => {
    const head = text.slice(0, maxLength);
    if (!/\p{L}/u.test(head)) return { language: "und", confidence: 0 };
    const found = eld.detect(head);
    if (found.language === "") return { language: "und", confidence: 0 };
    return { language: found.language, confidence: lead(Object.values(found.getScores())) };
  };
};

/** A rule that keeps texts in these languages, of at least this confidence (default 0). */
export const keepLanguages = (
  detect: LanguageDetector,
  languages: readonly string[],
  minConfidence = 0,
): KeepRule => {
  const wanted = new Set(languages);
  return {
    name: `language-${languages.join("-")}`,
    keep: (text) => {
      const { language, confidence } = detect(text);
      return wanted.has(language) && confidence >= minConfidence;
    },
  };
};
