import { keepLanguages, languageDetector } from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyString } from "../any-string.ts";
import sentences from "./fixtures/sentences.json" with { type: "json" };

const detect = await languageDetector();

/** The detector has one code for Malay and Indonesian. */
const expected = (language: string): string => (language === "id" ? "ms" : language);

describe("languageDetector", () => {
  test("tells sentences in 26 languages", () => {
    const all = Object.entries(sentences).flatMap(([language, texts]) =>
      texts.map((text) => ({ language, text })),
    );
    const right = all.filter(({ language, text }) => detect(text).language === expected(language));
    expect(all.length).toBe(130);
    expect(right.length).toBeGreaterThanOrEqual(128); // measured: 128
  });

  test("tells every paragraph", () => {
    for (const [language, texts] of Object.entries(sentences)) {
      const found = detect(texts.join(" "));
      expect(found.language).toBe(expected(language));
      expect(found.confidence).toBeGreaterThan(0);
    }
  });

  test("knows when there is no language", () => {
    for (const text of ["", "12 + 30 = 42", "?!", "🙂"]) {
      expect(detect(text)).toEqual({ language: "und", confidence: 0 });
    }
  });

  test("takes any text, and megabytes", () => {
    fc.assert(
      fc.property(anyString(), (text) => {
        const { language, confidence } = detect(text);
        expect(language).toMatch(/^[a-z]{2,3}$/);
        expect(confidence >= 0 && confidence <= 1).toBe(true);
      }),
    );
    const started = performance.now();
    detect("word ".repeat(400_000));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

test("keepLanguages is a rule", () => {
  const { keep, name } = keepLanguages(detect, ["de", "fr"]);
  expect(name).toBe("language-de-fr");
  expect(keep(sentences.de[0] ?? "")).toBe(true);
  expect(keep(sentences.en[0] ?? "")).toBe(false);
  expect(keepLanguages(detect, ["de"], 1.1).keep(sentences.de[0] ?? "")).toBe(false);
});
