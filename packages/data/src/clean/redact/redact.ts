import type { EditRule } from "../rules/rule.ts";
import { replaceCards } from "./cards.ts";
import { replaceIbans } from "./ibans.ts";
import { replaceIps } from "./ip-addresses.ts";

/** Kinds of personal data that `redact` knows, in the order in which it looks for them. */
export type PersonalData = "iban" | "card" | "ip" | "phone" | "email";

/** Settings of `redact`. */
export type RedactOptions = {
  /** What is looked for; default all. */
  readonly kinds?: readonly PersonalData[];
  /** What stands for a finding; default its kind in angle brackets, as "<email>". */
  readonly replace?: (kind: PersonalData, found: string) => string;
  /** Whether addresses of private networks, documentation and the like stay; default true. */
  readonly publicIpsOnly?: boolean;
};

/** A text without personal data, and how much of each kind was in it. */
export type Redacted = {
  readonly text: string;
  readonly counts: Readonly<Record<PersonalData, number>>;
};

const ALL: readonly PersonalData[] = ["iban", "card", "ip", "phone", "email"];

// All repetition is bounded, and what precedes a match is checked, so time stays linear on any text. A phone number does not follow ">":
// else replacing one could make another of what stands behind it, and redacting twice would not be the same as once.
const EMAIL =
  /(?<![\p{L}\p{N}_])[\p{L}\p{N}_][\p{L}\p{N}_.%+~&'-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}_-])/gu;

/** "+44 20 7946 0958": a plus sign, a country, 7 to 15 digits with signs between (ITU-T E.164). */
const INTERNATIONAL =
  /(?<![\w+>])(?:\+|00(?=[1-9]\d{0,2}[ .-]))[1-9](?:[ .\-/()]{0,2}\d){6,14}(?![\d@])/g;

/** "(212) 555-0123", "1-800-555-0199", "212.555.0123": North America; ten digits without signs may be anything. */
const AMERICAN =
  /(?<![\w.+>-])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}(?![\w@]|[.-]\d)/g;

const replaceOne = (
  kind: PersonalData,
  text: string,
  publicOnly: boolean,
  replace: (found: string) => string,
): string => {
  switch (kind) {
    case "email":
      return text.replace(EMAIL, replace);
    case "iban":
      return replaceIbans(text, replace);
    case "card":
      return replaceCards(text, replace);
    case "ip":
      return replaceIps(text, publicOnly, replace);
    case "phone":
      return text.replace(INTERNATIONAL, replace).replace(AMERICAN, replace);
  }
};

/**
 * Replaces e-mail addresses, bank account and card numbers (with right check digits), IP addresses and phone numbers. Patterns find what
 * is written like personal data; names and addresses of streets stay. Linear in the text.
 *
 * ```ts doctest
 * import { redact } from "@adjoint/data";
 * const { text, counts } = redact("Write to ada@example.org or call +44 20 7946 0958.");
 * text; // => "Write to <email> or call <phone>."
 * counts.email; // => 1
 * ```
 */
export const redact = (text: string, options: RedactOptions = {}): Redacted => {
  const { kinds = ALL, replace = (kind) => `<${kind}>`, publicIpsOnly = true } = options;
  const counts = { email: 0, iban: 0, card: 0, ip: 0, phone: 0 };
  let redacted = text;
  for (const kind of ALL) {
    if (!kinds.includes(kind)) continue;
    redacted = replaceOne(kind, redacted, publicIpsOnly, (found) => {
      counts[kind]++;
      return replace(kind, found);
    });
  }
  return { text: redacted, counts };
};

/** `redact` as a rule of a cleaning program. */
export const redactRule = (options: RedactOptions = {}): EditRule => ({
  name: "redact",
  edit: (text) => redact(text, options).text,
});
