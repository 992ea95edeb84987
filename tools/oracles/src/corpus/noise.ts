import { oldBlocks } from "./old-blocks.ts";
import { seeded } from "./seeded.ts";

const pools: readonly (() => string)[] = [
  ...[
    " ",
    "  ",
    "    ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "\r",
    " \n ",
    "\u00A0",
    "\u0085",
    "\u2028",
    "\u3000",
    "\uFEFF",
    "\u200B",
  ].map((s) => () => s),
  ...["'s", "'T", "'LL", "'ſ", "'re", "’s", "don't", "I'M"].map((s) => () => s),
  ...["0", "12", "1234567", "٣٤", "½", "Ⅷ", "1,000.50", "२०"].map((s) => () => s),
  ...["\u0000", "\u0001", "\u007F", "\u001B[0m", "\u009F", "\uFFFD", "\uFFFF"].map((s) => () => s),
  ...["\uD800", "\uDC00", "\uDBFF\uDBFF", "👍\uD83D"].map((s) => () => s),
  ...[
    "e\u0301",
    "\u0301",
    "ﬁ",
    "Å",
    "ｱｲ",
    "İ",
    "ß",
    "ǆ",
    "한",
    "\u1112\u1161\u11AB",
    "क्षि",
    "𝕳𝖎",
  ].map((s) => () => s),
  ...["<|endoftext|>", "<s>", "</s>", "[MASK]", "<|im_start|>", "<0x41>", "▁", "##ing", "Ġ"].map(
    (s) => () => s,
  ),
  ...["!!!", "...", "--", "/*", "://", "{}", "_x_", "$", "#", "`", "//\n", "/\r\n"].map(
    (s) => () => s,
  ),
];

const word = (random: () => number): string =>
  Array.from({ length: 1 + Math.floor(random() * 9) }, () =>
    String.fromCharCode(97 + Math.floor(random() * 26)),
  ).join("");

const anyCharacter = (random: () => number): string => {
  const [first, last] = oldBlocks[Math.floor(random() * oldBlocks.length)] ?? [0x20, 0x7e];
  return String.fromCodePoint(first + Math.floor(random() * (last - first + 1)));
};

const part = (random: () => number): string => {
  const kind = random();
  if (kind < 0.35) return word(random);
  if (kind < 0.45) return anyCharacter(random);
  return pools[Math.floor(random() * pools.length)]?.() ?? "";
};

/** Everything that goes wrong: white space, control characters, lone surrogates, marks, scripts and special tokens, mixed. */
export const noise = (parts: number, seed: number): string => {
  const random = seeded(seed);
  return Array.from({ length: parts }, () => part(random)).join("");
};
