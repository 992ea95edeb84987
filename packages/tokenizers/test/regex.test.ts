import { MatchError, RegexError, textTokenizer, type TokenizerSpec } from "@adjoint/tokenizers";
import { describe, expect, it } from "vitest";

const spec = (regex: string): TokenizerSpec => ({
  addedTokens: [],
  normalizer: undefined,
  preTokenizer: { type: "Split", pattern: { regex }, behavior: "isolated", invert: false },
  model: { type: "Unigram", pieces: [["<unk>", 0]], unkId: 0, byteFallback: false },
  postProcessor: undefined,
  decoder: undefined,
  truncation: undefined,
  padding: undefined,
});

const pieces = (regex: string, text: string): readonly string[] =>
  textTokenizer(spec(regex)).encoding(text).tokens;

const complaint = (regex: string): RegexError => {
  try {
    textTokenizer(spec(regex));
  } catch (error) {
    if (error instanceof RegexError) return error;
    throw error;
  }
  throw new Error(`${regex} was taken`);
};

describe("patterns that cannot be converted", () => {
  it.each([
    ["a(b", 1],
    ["ab)", 2],
    ["[a", 2],
    ["*a", 0],
    [String.raw`x\p{Nothing}`, 3],
    [String.raw`x\X`, 1],
    [String.raw`\G`, 0],
    ["(?~a)", 0],
    ["(?(1)a|b)", 0],
    ["a{3,2}", 1],
    ["[z-a]", 1],
    ["[[:nothing:]]", 12],
    [String.raw`\x{110000}`, 0],
    ["(".repeat(200), 101],
    ["a\\", 2],
  ])("%s says where", (regex, position) => {
    const error = complaint(regex);
    expect(error.pattern).toBe(regex);
    expect(error.position).toBe(position);
    expect(error.message).toContain(`at position ${position}`);
  });
});

describe("repeats in a row that could take very long", () => {
  it.each(["x*x*x*y", "x*x*x*x*y", "(a*)(?:b?)(a+)[ab]*c", String.raw`\s*\n*\s+x`])(
    "%s is refused",
    (regex) => expect(complaint(regex).rule).toContain("repeats in a row"),
  );
  it.each([
    String.raw`\s*[\r\n]+`,
    "[a-m]*[h-z]+'?",
    "a*b*c*d*",
    "a*b a*b a*b",
    "a{0,9}a{0,9}a{0,9}",
  ])("%s is not", (regex) => expect(() => textTokenizer(spec(regex))).not.toThrow());
});

describe("repeats that could take exponential time", () => {
  it.each([
    "(a+)+b",
    "(a|a)*b",
    "(a|ab|b)*c",
    "(a*)*",
    "(?:a?){100}b",
    String.raw`(\w+\s?)*$`,
    String.raw`(?:\p{L}|\w)+!`,
    "(x(a|b)*|xa)*y",
    "(?:a?){40}b",
    "(?:a{2,3})+b",
    "(?:ab|a|b){30}c",
    `(?:${Array.from({ length: 500 }, (_, index) => `a${index}`).join("|")})*`,
  ])("%s is refused", (regex) => expect(complaint(regex).rule).toContain("exponential"));

  it.each([
    String.raw`(?:\s+\S+)*`,
    String.raw`(?:\r?\n)+`,
    String.raw`(?:\p{L}|\p{M})+`,
    String.raw`(?:a|b|cd)*x`,
    String.raw`\p{N}{1,3}+`,
    String.raw`\p{N}{1,3}(?=(?:\p{N}{3})*(?:\P{N}|$))`,
    "(?:a{1,3}b)+",
    "(a?b){40}",
  ])("%s is taken", (regex) => expect(() => textTokenizer(spec(regex))).not.toThrow());
});

describe("what JavaScript has no words for", () => {
  it("takes atomic groups and possessive repeats as such", () => {
    expect(pieces("(?>a|ab)c|b", "abc")).toEqual(["a", "b", "c"]);
    expect(pieces("a++b", "aaab")).toEqual(["aaab"]);
    expect(pieces("a++a", "aaa")).toEqual(["aaa"]);
  });

  it("knows white space by Unicode", () => {
    expect(pieces(String.raw`\s`, "a\u0085b\ufeffc")).toEqual(["a", "\u0085", "b\ufeffc"]);
  });

  it("looks at characters, not at surrogates", () => {
    expect(pieces(".", "🙂a")).toEqual(["🙂", "a"]);
    expect(pieces("[^a]", "🙂a🙂")).toEqual(["🙂", "a", "🙂"]);
  });
});

it("stays linear on a long line", () => {
  const text = "a".repeat(300_000);
  const started = performance.now();
  expect(
    textTokenizer(spec(String.raw`'s| ?\p{L}+| ?[^\s\p{L}]+|\s+(?!\S)|\s+`)).encode(text),
  ).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(10_000);
});

it("says where a run is too long for the engine", () => {
  const tokenizer = textTokenizer(spec(String.raw`\p{L}+|\s*[\r\n]+|\s+(?!\S)|\s+`));
  expect(tokenizer.encode(`ab${" ".repeat(100_000)}`)).toHaveLength(2);
  const long = `ab${" ".repeat(20_000_000)}`;
  expect(() => tokenizer.encode(long)).toThrow(
    expect.objectContaining({ name: new MatchError(/a/, 0, 0, undefined).name, position: 2 }),
  );
});
