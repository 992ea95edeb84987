/** Settings of `normalizeText`. */
export type NormalizeOptions = {
  /** Unicode form; default "NFC". "NFKC" also unfolds ligatures, widths and circled digits, which loses meaning in formulas. */
  readonly form?: "NFC" | "NFKC" | "NFD" | "NFKD" | "none";
  /** Typographic quotes as ' and "; default false. */
  readonly straightQuotes?: boolean;
  /** How many empty lines may follow one another; default 1. */
  readonly maxEmptyLines?: number;
  /** Keeps tabs and runs of spaces, as code needs; default false. */
  readonly keepSpaces?: boolean;
};

const LINE_ENDS = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;

// Control characters but tab and line feed, soft hyphens, zero-width space, word joiner, byte order mark, directions, annotation and
// deprecated format characters. Joiners (U+200C, U+200D) and variation selectors stay: Persian, Indic scripts and emoji need them.
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- they are what is removed
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/g;

/** Spaces of every width that are no line end, as Unicode's Zs. */
const WIDE_SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;

const QUOTES: readonly (readonly [RegExp, string])[] = [
  [/[\u2018-\u201b\u2032\u02bc]/g, "'"],
  [/[\u201c-\u201f\u2033]/g, '"'],
];

/** Without the spaces at line ends, which a regular expression would look for from every space on. */
const trimLineEnds = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");

const limitEmptyLines = (text: string, max: number): string => {
  const lines = text.split("\n");
  let empty = 0;
  return lines
    .filter((line) => {
      empty = line === "" ? empty + 1 : 0;
      return empty <= max;
    })
    .join("\n");
};

const composed = (text: string, form: NormalizeOptions["form"]): string =>
  form === "none" || form === undefined ? text : text.normalize(form);

/**
 * One way to write a text: Unicode form, line feeds as line ends, spaces of all kinds as one space, no invisible characters, none at line
 * ends, few empty lines, no space around the whole. Lone surrogates become U+FFFD. Idempotent.
 *
 * ```ts doctest
 * import { normalizeText } from "@adjoint/data";
 * normalizeText("\ufeffCafe\u0301\u00a0 du\u200b Nord \r\n\r\n\r\nouvert"); // => "Café du Nord\n\nouvert"
 * normalizeText("“ﬁne”", { form: "NFKC", straightQuotes: true }); // => "\"fine\""
 * ```
 */
export const normalizeText = (text: string, options: NormalizeOptions = {}): string => {
  const { form = "NFC", straightQuotes = false, maxEmptyLines = 1, keepSpaces = false } = options;
  const wellFormed = text.replace(/\p{Surrogate}/gu, "\ufffd");
  const visible = wellFormed.replace(LINE_ENDS, "\n").replace(INVISIBLE, "");
  let plain = composed(visible, form).replace(WIDE_SPACES, " ");
  if (straightQuotes) for (const [from, to] of QUOTES) plain = plain.replace(from, to);
  if (!keepSpaces) plain = plain.replace(/[ \t]+/g, " ");
  const lines = limitEmptyLines(trimLineEnds(plain), maxEmptyLines);
  return keepSpaces ? lines.trimEnd().replace(/^\n+/, "") : lines.trim();
};
