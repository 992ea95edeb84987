import type { Cursor } from "./cursor.ts";

const controls: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["f", "\f"],
  ["v", "\v"],
  ["a", "\u0007"],
  ["e", "\u001b"],
]);

const numeric: ReadonlyMap<string, RegExp> = new Map([
  ["x", /\{([0-9a-fA-F]{1,8})\}|([0-9a-fA-F]{1,2})/],
  ["u", /([0-9a-fA-F]{4})|\{([0-9a-fA-F]{1,6})\}/],
  ["U", /([0-9a-fA-F]{8})/],
  ["0", /([0-7]{0,2})/],
]);

/** The character that `\letter…` stands for; the cursor is behind the letter. */
export const escapedCharacter = (cursor: Cursor, letter: string): string => {
  const control = controls.get(letter);
  if (control !== undefined) return control;
  const digits = numeric.get(letter);
  const at = cursor.position() - letter.length - 1;
  if (digits !== undefined) {
    const match = cursor.match(digits);
    if (match === null) return cursor.fail(`\\${letter} must be followed by a number`, at);
    const code = Number.parseInt(match[1] ?? match[2] ?? "0", letter === "0" ? 8 : 16) || 0;
    if (code > 0x10ffff) return cursor.fail("a code point must not be above 10FFFF", at);
    return String.fromCodePoint(code);
  }
  if (/[a-zA-Z0-9]/.test(letter)) return cursor.fail(`\\${letter} has no equal in JavaScript`, at);
  return letter;
};
