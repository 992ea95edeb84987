import { normalizeText, repairMojibake } from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyString } from "../any-string.ts";
import mojibake from "./fixtures/mojibake.json" with { type: "json" };
import planted from "./fixtures/planted.json" with { type: "json" };
import sentences from "./fixtures/sentences.json" with { type: "json" };

describe("repairMojibake", () => {
  test("repairs every text of the fixture, as ftfy does", () => {
    const wrong = mojibake.filter(({ text, misread }) => repairMojibake(misread) !== text);
    expect(wrong.map(({ how, misread }) => [how, misread])).toEqual([]);
    expect(mojibake.filter(({ ftfyRight }) => ftfyRight).length).toBe(305);
  });

  const misreadings = {
    windows: (text: string) =>
      new TextDecoder("windows-1252").decode(new TextEncoder().encode(text)),
    latin: (text: string) => String.fromCharCode(...new TextEncoder().encode(text)),
  };

  test.each(["windows", "latin"] as const)(
    "repairs what is short, misread as %s, wherever ftfy does, and more",
    (how) => {
      const missed = planted.filter(({ text }) => repairMojibake(misreadings[how](text)) !== text);
      expect(missed.filter((row) => row[how]).map(({ text }) => text)).toEqual([]);
      expect(missed.length).toBeLessThan(planted.filter((row) => !row[how]).length / 2);
    },
  );

  test("leaves them when they are right, twice and quoted too", () => {
    const around = (text: string) => [
      text,
      `${text} ${text}`,
      `${text}…`,
      `“${text}” – ${text}`,
      `»${text}« (${text})`,
    ];
    const texts = planted.flatMap(({ text }) => [...around(text), ...around(text.toUpperCase())]);
    expect(texts.filter((text) => repairMojibake(text) !== text)).toEqual([]);
  });

  test.each(Object.values(sentences).flat())("leaves %s", (text) => {
    expect(repairMojibake(text)).toBe(text);
    expect(repairMojibake(text.toUpperCase())).toBe(text.toUpperCase());
  });

  test.each([
    "«CAFÉ» «CAFÉ»…",
    "“Café”… “Olé”–",
    "‘MAÇÃ’ – MAÇÃ”, MAÇÃ»",
    "Café“ sagte er. „Olé“…",
    "5 Å±0.2, 2×½, 3×£20, Ø½",
    "vidíš… zbavíš…",
    "ESSE CARA QUEM É¿",
    "MÄ£ÄM GÄ£ÄW",
    "l·l À·la",
    "German (Bone, »ß« unten)",
    "pra lá´´",
    "There are a lot of Ã’s",
    "IRMÃ’S, MANHÃ— MANHÃ” MAÇÃ…",
    "hâlâ…” hâlâ”… café”²",
    "povíš…” É—que",
    "Ä…",
    "Ã",
    "Â ",
    "ÀÉÎÕÜ àéîõü ß÷",
    "\u00c9\u0085 next line",
    "\ud800Ã",
  ])("leaves %j", (text) => {
    expect(repairMojibake(text)).toBe(text);
  });

  test("repairs what lies among right text", () => {
    expect(repairMojibake("Müller said: Ã©tÃ© “là”")).toBe("Müller said: été “là”");
    expect(repairMojibake("ÐŸÑ€Ð¸Ð²ÐµÑ‚ и так")).toBe("Привет и так");
    expect(repairMojibake("Ã‰tÃ©, dÃ» et Ãªtre à “Ã‰”")).toBe("Été, dû et être à “É”");
  });

  test("any text: no throw, and never longer", () => {
    const units = fc.constantFrom(..."aé ÃÂâÐðŸ€™©¿»…\u0081\u00a0".split(""));
    const tricky = fc.array(units, { maxLength: 30 }).map((all) => all.join(""));
    fc.assert(
      fc.property(fc.oneof(tricky, anyString()), (text) => {
        const once = repairMojibake(text);
        expect(once.length).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 500 },
    );
  });

  test.each(["Ã", "Ã©", "â€", "ðŸ", "Ãƒ", "Â"])(
    "three hundred thousand of %s take linear time",
    (unit) => {
      const started = performance.now();
      repairMojibake(unit.repeat(300_000 / unit.length));
      expect(performance.now() - started).toBeLessThan(5000);
    },
  );
});

describe("normalizeText", () => {
  test.each([
    ["\ufeffa\u200bb\u00adc\u2060", "abc"],
    ["a\u00a0\u2003\u3000\tb", "a b"],
    ["a\r\nb\rc\u2028d\u0085e\ff", "a\nb\nc\nd\ne\nf"],
    ["a \t\n\n\n\n b", "a\n\n b"],
    ["\u0000a\u0007\u001b[0m\u007f", "a[0m"],
    ["e\u0301", "é"],
    ["\ud800a\udc00", "\ufffda\ufffd"],
    ["👨\u200d👩\u200d👧 ❤\ufe0f می\u200cخواهم", "👨\u200d👩\u200d👧 ❤\ufe0f می\u200cخواهم"],
    ["\u202eabc\u202c", "abc"],
    ["  \n\n", ""],
  ])("%j becomes %j", (text, expected) => {
    expect(normalizeText(text)).toBe(expected);
  });

  test("does what its options say", () => {
    expect(normalizeText("ﬁ ½ Ａ", { form: "NFKC" })).toBe("fi 1⁄2 A");
    expect(normalizeText("é", { form: "NFD" })).toBe("e\u0301");
    expect(normalizeText("e\u0301", { form: "none" })).toBe("e\u0301");
    expect(normalizeText("‘a’ “b” ′″", { straightQuotes: true })).toBe("'a' \"b\" '\"");
    expect(normalizeText("a\n\n\nb", { maxEmptyLines: 0 })).toBe("a\nb");
    expect(normalizeText("\n\n  if x:\n\t  y  \n", { keepSpaces: true })).toBe("  if x:\n\t  y");
  });

  test.each([
    {},
    { form: "NFKC" },
    { form: "NFKD", straightQuotes: true },
    { form: "NFD", keepSpaces: true },
    { form: "none", maxEmptyLines: 0 },
  ] as const)("is idempotent and well-formed with %o", (options) => {
    const combining = fc.constantFrom(
      ..."a e\u0301\u0308\u00ad\u200b\u1100\u1161\u11a8 \n\u00a0\u037e\u2126\ufb01\u00bd\u2033\u3000\u0344".split(
        "",
      ),
    );
    const tricky = fc.array(combining, { maxLength: 15 }).map((all) => all.join(""));
    fc.assert(
      fc.property(fc.oneof(tricky, anyString()), (text) => {
        const once = normalizeText(text, options);
        expect(normalizeText(once, options)).toBe(once);
        expect(once).not.toMatch(/\p{Surrogate}/u);
      }),
      { numRuns: 300 },
    );
  });
});
