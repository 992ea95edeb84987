import { type Complain, isIterable, shown } from "./complaint.ts";
import { uncovered } from "./covered-characters.ts";

/** What spm_train keeps for itself and gives no token. */
const kept: ReadonlySet<string> = new Set([uncovered, "\t", " ", "\0"]);

/** Throws for special tokens that are no texts, empty or there twice. */
export const checkTokens = (bad: Complain, tokens: unknown, unkToken: unknown): void => {
  if (unkToken === "") throw bad("unkToken must not be empty", shown(unkToken));
  if (tokens === undefined) return;
  if (!Array.isArray(tokens)) throw bad("specialTokens must be an array", shown(tokens));
  const list: readonly unknown[] = tokens;
  const wrong = list.findIndex((token) => typeof token !== "string" || token === "");
  if (wrong >= 0) throw bad("specialTokens must be texts, none empty", shown(list[wrong]));
  const twice = list.findIndex((token, i) => list.indexOf(token) < i);
  if (twice >= 0) throw bad("specialTokens must differ from each other", shown(list[twice]));
};

/** The characters that must have tokens; throws for what is none, or never gets one by the rule. */
export const checkedAlphabet = (
  bad: Complain,
  alphabet: Iterable<string>,
  rule: unknown,
): readonly string[] => {
  if (typeof alphabet !== "string" && !isIterable(alphabet))
    throw bad("initialAlphabet must be a list of characters", shown(alphabet));
  const characters = [...alphabet];
  const isCharacter = (text: unknown): boolean =>
    typeof text === "string" && Array.from(text).length === 1 && !/\p{Surrogate}/u.test(text);
  const wrong = characters.findIndex((each) => !isCharacter(each));
  if (wrong >= 0)
    throw bad("initialAlphabet must hold single characters", shown(characters[wrong]));
  const taken = rule === "sentencePiece" ? characters.find((each) => kept.has(each)) : undefined;
  if (taken !== undefined)
    throw bad("initialAlphabet must not hold what SentencePiece reserves", shown(taken));
  return characters;
};
