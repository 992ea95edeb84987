import { characterScript } from "../pre-tokenizers/unicode-scripts.ts";
import { uncovered } from "./covered-characters.ts";

const mark = "▁";

/** SentencePiece counts what it does not know with the characters of all scripts, such as punctuation. */
const scriptOf = (character: string): string => {
  const script = characterScript(character);
  return script === "Any" ? "Common" : script;
};

/**
 * Whether SentencePiece's trainers take a text as a piece: at most `longest` characters of one script, all of which have
 * tokens, and no mark of a space at the end.
 * Source: TrainerInterface::IsValidSentencePiece in
 * https://github.com/google/sentencepiece/blob/master/src/trainer_interface.cc
 */
export const isValidPiece = (piece: string, longest: number): boolean => {
  let last: string | undefined;
  let length = 0;
  for (const character of piece) {
    if (character === uncovered || ++length > longest) return false;
    if (character === mark) continue;
    const script = scriptOf(character);
    if (script === "Inherited") continue;
    if (last !== undefined && last !== script) return false;
    last = script;
  }
  return length === 1 || !piece.endsWith(mark);
};
