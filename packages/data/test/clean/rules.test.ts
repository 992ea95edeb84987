import {
  addReports,
  applyRules,
  c4Quality,
  cleaner,
  countSentences,
  emptyReport,
  fineWebQuality,
  gopherQuality,
  gopherRepetition,
  rejectWords,
  reportRules,
  type Rule,
  segmentWords,
  splitAtSpaces,
  splitWords,
} from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyString } from "../any-string.ts";
import fixture from "./fixtures/quality.json" with { type: "json" };

/** Our names for datatrove's reasons. */
const names = new Map<string | null, string | undefined>([
  [null, undefined],
  ["gopher_short_doc", "gopher-too-short"],
  ["gopher_long_doc", "gopher-too-long"],
  ["gopher_below_avg_threshold", "gopher-short-words"],
  ["gopher_above_avg_threshold", "gopher-long-words"],
  ["gopher_too_many_hashes", "gopher-hashes"],
  ["gopher_too_many_ellipsis", "gopher-ellipses"],
  ["gopher_too_many_bullets", "gopher-bullet-lines"],
  ["gopher_too_many_end_ellipsis", "gopher-ellipsis-lines"],
  ["gopher_below_alpha_threshold", "gopher-alphabetic-words"],
  ["gopher_enough_stop_words", "gopher-stop-words"],
  ["dup_para_frac", "gopher-repeated-paragraphs"],
  ["dup_para_char_frac", "gopher-repeated-paragraph-characters"],
  ["dup_line_frac", "gopher-repeated-lines"],
  ["dup_line_char_frac", "gopher-repeated-line-characters"],
  ...[2, 3, 4].map((n) => [`top_${n}_gram`, `gopher-top-${n}-gram`] as const),
  ...[5, 6, 7, 8, 9, 10].map(
    (n) => [`duplicated_${n}_n_grams`, `gopher-repeated-${n}-grams`] as const,
  ),
  ["empty", "fineweb-empty"],
  ["line_punct_ratio", "fineweb-ended-lines"],
  ["short_line_ratio", "fineweb-short-lines"],
  ["char_dup_ratio", "fineweb-repeated-characters"],
  ["list_ratio", "fineweb-lists"],
  ["lorem_ipsum", "c4-lorem-ipsum"],
  ["curly_bracket", "c4-curly-bracket"],
  ["too_few_sentences", "c4-few-sentences"],
]);

const rejectedBy = (text: string, rules: readonly Rule[]): string | undefined => {
  const cleaned = applyRules(text, rules);
  return cleaned.kept ? undefined : cleaned.by;
};

const strict = gopherRepetition({
  maxLines: 0.9,
  maxParagraphs: 0.9,
  maxLineCharacters: 0.9,
  maxParagraphCharacters: 0.9,
  topNGrams: [
    [2, 0.9],
    [3, 0.9],
    [4, 0.05],
  ],
  repeatedNGrams: [
    [5, 0.4],
    [6, 0.35],
    [7, 0.3],
    [8, 0.3],
    [9, 0.25],
    [10, 0.2],
  ],
});

const lenientC4 = c4Quality({ minSentences: 1 }).filter(
  ({ name }) => name !== "c4-curly-bracket" && name !== "c4-lorem-ipsum",
);

const programs = [
  ["quality", gopherQuality()],
  ["lenient", gopherQuality({ minWords: 5, minStopWords: 1 })],
  ["repetition", gopherRepetition()],
  ["strict", strict],
  ["fineWeb", fineWebQuality()],
  [
    "fineWebLenient",
    fineWebQuality({
      minEndedLines: 0.01,
      maxShortLines: 0.9,
      maxRepeatedCharacters: 0.2,
      maxLineEnds: 0.1,
    }),
  ],
] as const;

describe("published filters say what datatrove's say", () => {
  test.each(programs)("%s", (key, rules) => {
    for (const row of fixture)
      expect([row.text, rejectedBy(row.text, rules)]).toEqual([row.text, names.get(row[key])]);
  });

  test.each([
    ["c4", c4Quality()],
    ["c4Lenient", lenientC4],
  ] as const)("%s, and what it writes", (key, rules) => {
    for (const row of fixture) {
      const expected = row[key];
      const cleaned = applyRules(row.text, rules);
      if (cleaned.kept) expect({ reason: null, text: cleaned.text }).toEqual(expected);
      // A text with several reasons may be rejected for another one: rules see the whole text, datatrove line by line.
      else expect(expected.reason).not.toBeNull();
    }
  });

  test("n-grams take the shares that datatrove counts", () => {
    const isLimit = (
      text: string,
      share: number,
      rules: (limit: number) => readonly Rule[],
    ): void => {
      expect(rejectedBy(text, rules(share))).toBe(undefined);
      if (share > 0) expect(rejectedBy(text, rules(share - 1e-9))).toBeDefined();
    };
    const alone = {
      maxLines: 1,
      maxParagraphs: 1,
      maxLineCharacters: 1,
      maxParagraphCharacters: 1,
    };
    for (const { text, shares } of fixture) {
      const lenient = { ...alone, topNGrams: [], repeatedNGrams: [] };
      shares.top.forEach((share, i) => {
        isLimit(text, share, (limit) =>
          gopherRepetition({ ...lenient, topNGrams: [[i + 2, limit]] }),
        );
      });
      shares.repeated.forEach((share, i) => {
        isLimit(text, share, (limit) =>
          gopherRepetition({ ...lenient, repeatedNGrams: [[i + 5, limit]] }),
        );
      });
    }
  });

  test("the rules that the fixture does not meet", () => {
    expect(rejectedBy("one two three", gopherQuality({ minWords: 0, maxWords: 2 }))).toBe(
      "gopher-too-long",
    );
    expect(rejectedBy(" \n ", fineWebQuality())).toBe("fineweb-empty");
    const long = `I am groot.\n\nYou are a wizard.\n\nI am your father.\n\n${`${"x".repeat(30)}.\n\n`.repeat(2)}`;
    expect(rejectedBy(long, gopherRepetition())).toBe("gopher-repeated-paragraph-characters");
  });
});

describe("words and sentences", () => {
  test("splitWords", () => {
    expect(splitWords("It isn't well-known... «Émile», 3.5 €!")).toEqual([
      ..."It isn't well-known ... « Émile » , 3 . 5 € !".split(" "),
    ]);
    expect(splitAtSpaces(" a,b  c\n")).toEqual(["a,b", "c"]);
    expect(splitWords("")).toEqual([]);
  });

  test("segmentWords knows scripts without spaces", () => {
    expect(segmentWords("ja")("彼女はパンを買いました。").length).toBeGreaterThan(4);
    expect(segmentWords("en")("two words")).toEqual(["two", "words"]);
  });

  test.each([
    ["", 0],
    ["One", 1],
    ["One.", 1],
    ["One. Two", 2],
    ["One... Two?! “Three.”", 3],
    ["版本3.5。下一个！好", 3],
    ["3.5 is a number.", 1],
    ["Он ушёл. Она нет.", 2],
  ])("countSentences %j", (text, count) => {
    expect(countSentences(text)).toBe(count);
  });

  test("marks without end take linear time", () => {
    const started = performance.now();
    for (const text of ["!", ".)", "。", "…'"]) countSentences(`${text.repeat(500_000)}x`);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe("rejectWords", () => {
  test("finds whole words and sequences, whatever their case", () => {
    const { keep } = rejectWords(["darn", "Holy Cow"]);
    expect(keep("A darning needle, holy cowboys")).toBe(true);
    expect(keep("DARN!")).toBe(false);
    expect(keep("oh, holy, cow")).toBe(false);
    expect(rejectWords(["a"], { max: 1, name: "as" }).keep("a b a")).toBe(false);
    expect(rejectWords(["蜂蜜"], { inside: true }).keep("一罐蜂蜜。")).toBe(false);
    expect(rejectWords(["", "__proto__"]).keep("__proto__")).toBe(false);
  });
});

/** A few small rules to make programs of. */
const anyRule: fc.Arbitrary<Rule> = fc.constantFrom<Rule>(
  { name: "trim", edit: (text) => text.trim() },
  { name: "lower", edit: (text) => text.toLowerCase() },
  { name: "twice", edit: (text) => text + text },
  { name: "short", keep: (text) => text.length < 100 },
  { name: "no-a", keep: (text) => !text.includes("a") },
  { name: "something", keep: (text) => text !== "" },
);
const anyRules = fc.array(anyRule, { maxLength: 4 });

describe("a program of rules", () => {
  test("is a monoid: concatenation is composition and [] changes nothing", () => {
    fc.assert(
      fc.property(anyRules, anyRules, anyRules, anyString(40), (a, b, c, text) => {
        const run = (rules: readonly Rule[]) => applyRules(text, rules);
        const first = run(a);
        expect(run([...a, ...b])).toEqual(first.kept ? applyRules(first.text, b) : first);
        expect(run([...[...a, ...b], ...c])).toEqual(run([...a, ...[...b, ...c]]));
        expect(run([])).toEqual({ kept: true, text });
        expect(run([...a, ...[]])).toEqual(run(a));
      }),
    );
  });

  test("reports the same as it does", () => {
    fc.assert(
      fc.property(anyRules, anyString(40), (rules, text) => {
        const cleaned = applyRules(text, rules);
        const { text: reported, report } = reportRules(text, rules);
        expect(reported).toBe(cleaned.kept ? cleaned.text : undefined);
        expect(report.documentsOut).toBe(cleaned.kept ? 1 : 0);
        expect(report.bytesIn).toBe(new TextEncoder().encode(text).length);
        expect(report.bytesOut).toBe(
          cleaned.kept ? new TextEncoder().encode(cleaned.text).length : 0,
        );
      }),
    );
  });

  test("reports are a monoid", () => {
    const anyReport = fc
      .tuple(anyRules, anyString(20))
      .map(([rules, text]) => reportRules(text, rules).report);
    fc.assert(
      fc.property(anyReport, anyReport, anyReport, (a, b, c) => {
        expect(addReports(addReports(a, b), c)).toEqual(addReports(a, addReports(b, c)));
        expect(addReports(emptyReport, a)).toEqual(a);
        expect(addReports(a, emptyReport)).toEqual(a);
      }),
    );
  });

  test("a cleaner goes on from its state", () => {
    const open = cleaner([
      { name: "trim", edit: (text) => text.trim() },
      { name: "something", keep: (text) => text !== "" },
    ]);
    const whole = open();
    const texts = [" é ", "", "b", "   "];
    expect(texts.map(whole.clean)).toEqual(["é", undefined, "b", undefined]);
    const first = open();
    first.clean(" é ");
    const second = open(JSON.parse(JSON.stringify(first.state())));
    texts.slice(1).forEach(second.clean);
    expect(second.report()).toEqual(whole.report());
    expect(whole.report()).toEqual({
      documentsIn: 4,
      documentsOut: 2,
      bytesIn: 8,
      bytesOut: 3,
      rules: [
        { name: "trim", documentsIn: 4, documentsOut: 4, bytesIn: 8, bytesOut: 3, edited: 2 },
        { name: "something", documentsIn: 4, documentsOut: 2, bytesIn: 3, bytesOut: 3, edited: 0 },
      ],
    });
    expect(() => open({ rules: 1 })).toThrow(/cleaner: the state must be/);
  });
});

test("no text makes a rule throw", () => {
  const rules = [...gopherQuality(), ...gopherRepetition(), ...c4Quality(), ...fineWebQuality()];
  fc.assert(
    fc.property(anyString(), (text) => {
      for (const rule of rules)
        expect(["string", "boolean"]).toContain(
          typeof reportRules(text, [rule]).text === "string" ? "string" : "boolean",
        );
    }),
  );
});
