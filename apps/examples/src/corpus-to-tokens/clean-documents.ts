import {
  addReports,
  cleaner,
  type CleaningReport,
  type DatasetState,
  duplicatePassages,
  exactDuplicates,
  gopherQuality,
  gopherRepetition,
  htmlToText,
  keepLanguages,
  languageDetector,
  nearDuplicates,
  normalizeText,
  redactRule,
  repairMojibake,
  type Rule,
  splitAtSpaces,
} from "@adjoint/data";
import type { RawDocument } from "./read-documents.ts";

/** Cleans documents one after another, and knows what it did. */
export type DocumentCleaner = {
  /** The text that is left, or undefined. */
  readonly clean: (document: RawDocument) => string | undefined;
  readonly report: () => CleaningReport;
  /** All it must remember, as JSON. */
  readonly state: () => DatasetState;
};

const part = (state: DatasetState | undefined, name: string): DatasetState | undefined =>
  typeof state === "object" && state !== null && !Array.isArray(state)
    ? Object.entries(state).find(([key]) => key === name)?.[1]
    : undefined;

/**
 * The steps in their order: markup, encoding and layout first, then personal data, then what is in another language (when
 * some are asked for) or no prose, and last what came before: whole documents, nearly whole ones, and lines that many documents share.
 */
export const documentCleaner = async (
  languages: readonly string[],
  state?: DatasetState,
): Promise<DocumentCleaner> => {
  const language =
    languages.length === 0 ? [] : [keepLanguages(await languageDetector(), languages)];
  const passages = duplicatePassages({ minLength: 40 })(part(state, "passages"));
  const exact = exactDuplicates()(part(state, "exact"));
  const near = nearDuplicates({ threshold: 0.8 })(part(state, "near"));
  const rules: readonly Rule[] = [
    { name: "mojibake", edit: repairMojibake },
    { name: "normalise", edit: (text) => normalizeText(text) },
    redactRule(),
    ...language,
    // words at spaces, as in the paper: mail quotes with ">", which must not count as a word at every line
    ...gopherRepetition({ words: splitAtSpaces }),
    ...gopherQuality({ words: splitAtSpaces }),
    { name: "exact duplicates", keep: (text) => !exact.isDuplicate(text) },
    { name: "near duplicates", keep: (text) => !near.isDuplicate(text) },
    { name: "repeated lines", edit: passages.edit },
    { name: "nothing left", keep: (text) => splitAtSpaces(text).length >= 20 },
  ];
  const html: Rule = { name: "html to text", edit: (text) => htmlToText(text) };
  const forText = cleaner(rules)(part(state, "text"));
  const forHtml = cleaner([html, ...rules])(part(state, "html"));
  return {
    clean: ({ kind, text }) => (kind === "html" ? forHtml : forText).clean(text),
    report: () => addReports(forHtml.report(), forText.report()),
    state: () => ({
      text: forText.state(),
      html: forHtml.state(),
      exact: exact.state(),
      near: near.state(),
      passages: passages.state(),
    }),
  };
};
