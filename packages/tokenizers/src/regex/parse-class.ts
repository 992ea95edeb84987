import { caseVariants } from "./case-variants.ts";
import { escapedClass, namedClass, unicodeProperty } from "./character-classes.ts";
import type { Cursor } from "./cursor.ts";
import { escapedCharacter } from "./escaped-character.ts";

/** A character as JS source, in and out of classes. */
export const literalSource = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** Items of `\p{name}`, `\p{^name}`, `\P{name}` and Rust's `\pL`; the cursor is behind the `p`. */
export const parseProperty = (cursor: Cursor, letter: string): string => {
  const from = cursor.position();
  const braced = cursor.take("{");
  let negative = letter === "P";
  if (braced && cursor.take("^")) negative = !negative;
  const name = braced ? cursor.takeUntil("}") : cursor.next();
  const items = namedClass(name);
  if (items !== undefined) return negative ? `[^${items}]` : items;
  const property = unicodeProperty(name);
  if (property === undefined)
    return cursor.fail(`\\p{…} must name a Unicode property that JavaScript knows`, from);
  return `\\${negative ? "P" : "p"}{${property}}`;
};

const letterRange = (from: string, to: string): string => {
  const low = Math.max(from.codePointAt(0) ?? 0, 0x41);
  const high = Math.min(to.codePointAt(0) ?? 0, 0x7a);
  let items = "";
  for (let code = low; code <= high; code++) {
    const character = String.fromCharCode(code);
    if (/[a-z]/i.test(character)) items += caseVariants(character).map(literalSource).join("");
  }
  return items;
};

const rangeItems = (cursor: Cursor, from: string, to: string, at: number): string => {
  if ((from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0)) cursor.fail("a range must go up", at);
  const items = `${literalSource(from)}-${literalSource(to)}`;
  if (!cursor.ignoresCase()) return items;
  if ((to.codePointAt(0) ?? 0) > 0x7f)
    cursor.fail("a range without case must be of ASCII letters", at);
  return items + letterRange(from, to);
};

const characterItems = (cursor: Cursor, character: string): string =>
  (cursor.ignoresCase() ? caseVariants(character) : [character]).map(literalSource).join("");

/** One member of a class: items that stand for themselves, or one character that a range may begin with. */
type Member = { readonly items: string } | { readonly character: string };

const parseMember = (cursor: Cursor): Member => {
  if (cursor.take("[:")) {
    const negative = cursor.take("^");
    const items = namedClass(cursor.takeUntil(":]"));
    if (items === undefined) return cursor.fail("[:…:] must name a class");
    return { items: negative ? `[^${items}]` : items };
  }
  if (cursor.peek("[")) return { items: parseClass(cursor) };
  if (!cursor.take("\\")) return { character: cursor.next() };
  const letter = cursor.next();
  const items = escapedClass(letter);
  if (items !== undefined) return { items };
  if (letter === "p" || letter === "P") return { items: parseProperty(cursor, letter) };
  if (letter === "b") return { character: "\b" };
  return { character: escapedCharacter(cursor, letter) };
};

const parseItem = (cursor: Cursor): string => {
  const at = cursor.position();
  const first = parseMember(cursor);
  if ("items" in first) return first.items;
  if (!cursor.peek("-") || cursor.peek("-]") || cursor.peek("-&&"))
    return characterItems(cursor, first.character);
  cursor.take("-");
  const last = parseMember(cursor);
  if ("items" in last) return `${characterItems(cursor, first.character)}\\-${last.items}`;
  return rangeItems(cursor, first.character, last.character, at);
};

/** A class in brackets as a JS class for the v flag; the cursor is at the `[`. */
export const parseClass = (cursor: Cursor): string =>
  cursor.nested(() => {
    cursor.take("[");
    const opening = cursor.take("^") ? "[^" : "[";
    const operands: string[] = [];
    let items = cursor.take("]") ? literalSource("]") : "";
    while (!cursor.take("]")) {
      if (cursor.take("&&")) {
        operands.push(`[${items}]`);
        items = "";
      } else items += parseItem(cursor);
    }
    if (operands.length === 0) return `${opening}${items}]`;
    return `${opening}${[...operands, `[${items}]`].join("&&")}]`;
  });
