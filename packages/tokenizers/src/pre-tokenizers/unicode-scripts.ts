import { sliceAligned } from "../text/aligned-text.ts";
import { newerThanUnicode9 } from "../text/newer-characters.ts";
import { widthAt } from "../text/rewriter.ts";
import { scriptNames } from "./script-names.ts";
import type { Step } from "./step.ts";

/** A character that goes with any script. */
const any = "Any";

const newer = new RegExp(`[${newerThanUnicode9}]`, "u");

const scripts = scriptNames.map((name) => [name, new RegExp(`\\p{Script=${name}}`, "u")] as const);

/** SentencePiece counts Japanese syllables with Han, and the space with anything. */
const merged: ReadonlyMap<string, string> = new Map([
  ["Hiragana", "Han"],
  ["Katakana", "Han"],
]);

const scriptOf = (character: string): string => {
  if (character === " " || newer.test(character)) return any;
  if (character === "\u30fc") return "Han";
  const name = scripts.find(([, regex]) => regex.test(character))?.[0] ?? any;
  return merged.get(name) ?? name;
};

/** Scripts of characters below U+10000 that were seen before, which is what bounds it. */
const seen = new Map<string, string>();

/** The script of a character as SentencePiece counts it; `Any` for spaces and what Unicode 9 lacks. */
export const characterScript = (character: string): string => {
  const known = seen.get(character);
  if (known !== undefined) return known;
  const script = scriptOf(character);
  if (character.length === 1) seen.set(character, script);
  return script;
};

/** Cuts where the script changes, as SentencePiece's trainer does. */
export const unicodeScriptsStep: Step = (piece, emit) => {
  const { text } = piece;
  let start = -1;
  let last: string | undefined;
  for (let at = 0; at < text.length;) {
    const width = widthAt(text, at);
    const script = characterScript(text.slice(at, at + width));
    if (script !== any && last !== any && last !== script) {
      if (start >= 0) emit(sliceAligned(piece, start, at));
      start = at;
    }
    if (script !== any) last = script;
    at += width;
  }
  if (start >= 0) emit(sliceAligned(piece, start, text.length));
};
