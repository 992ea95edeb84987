import { checkedAlphabet, checkTokens } from "./check-tokens.ts";
import { type Complain, complaintOf, isIterable, shown } from "./complaint.ts";
import { isByteLevel } from "./trained-spec.ts";
import type { TrainingOptions, TrainingTexts } from "./training-options.ts";

/** Settings of any trainer, by name; what each may be is checked here and not by its type. */
type Settings = TrainingOptions & { readonly initialAlphabet?: Iterable<string> };

type Values = Readonly<Record<string, unknown>>;

/** The least value of each setting that is a whole number. */
const wholeNumbers: ReadonlyMap<string, number> = new Map([
  ["vocabSize", 1],
  ["minFrequency", 0],
  ["maxTokenLength", 1],
  ["limitAlphabet", 0],
  ["maxInputCharsPerWord", 1],
  ["nSubIterations", 1],
  ["maxPieceLength", 1],
  ["seedSize", 1],
]);

const rules = ["huggingFace", "sentencePiece"];

/** What a setting may be that is one of several words. */
const choices: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ["rule", rules],
  ["pruneRule", rules],
  ["ties", ["lowestIds", "firstSeen", "greatestPair"]],
  ["ids", ["specialsFirst", "bytesFirst"]],
  ["byteFallback", [true, false]],
]);

const texts = ["unkToken", "continuingSubwordPrefix", "endOfWordSuffix"];

const checkValues = (bad: Complain, settings: Values): void => {
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    const least = wholeNumbers.get(name);
    if (least !== undefined && !(Number.isInteger(value) && Number(value) >= least))
      throw bad(`${name} must be a whole number of at least ${least}`, shown(value));
    const words = choices.get(name);
    if (words?.includes(value) === false)
      throw bad(`${name} must be ${words.map(shown).join(" or ")}`, shown(value));
    if (texts.includes(name) && typeof value !== "string")
      throw bad(`${name} must be a text`, shown(value));
  }
};

const checkShares = (bad: Complain, settings: Values): void => {
  const { characterCoverage: coverage, shrinkingFactor: factor, rule } = settings;
  if (coverage !== undefined && !(typeof coverage === "number" && coverage > 0 && coverage <= 1))
    throw bad("characterCoverage must be above 0 and at most 1", shown(coverage));
  if (coverage !== undefined && rule !== "sentencePiece")
    throw bad('characterCoverage goes with rule: "sentencePiece"', shown(coverage));
  if (factor !== undefined && !(typeof factor === "number" && factor > 0 && factor < 1))
    throw bad("shrinkingFactor must be above 0 and below 1", shown(factor));
};

/** The bytes of a character are tokens that stand alone, and are no bytes of the byte-level alphabet. */
const checkBytes = (bad: Complain, options: Settings, settings: Values): void => {
  if (settings["byteFallback"] !== true) return;
  if (isByteLevel(options))
    throw bad(
      "byteFallback is for characters",
      "pieces in the byte-level alphabet",
      "leave out byteFallback, or the ByteLevel step",
    );
  const prefix = settings["continuingSubwordPrefix"];
  if (prefix !== undefined && prefix !== "")
    throw bad(
      "byteFallback does not go with continuingSubwordPrefix: bytes would be decoded with the prefix between them",
      shown(prefix),
    );
  if (settings["ids"] === "bytesFirst")
    throw bad("bytes get tokens by byteFallback or by ids, not by both", "bytesFirst");
};

/**
 * The settings of a trainer, their characters read once. Throws ArgumentError for texts or settings of the wrong type,
 * and for settings that make no sense.
 */
export const checkedSettings = <O extends Settings>(
  operation: string,
  corpus: TrainingTexts,
  options: O,
): O => {
  const bad = complaintOf(operation);
  if (!isIterable(corpus))
    throw bad("needs texts, several, as a list or a stream", shown(corpus), "a list of one text");
  if (typeof options !== "object" || options === null)
    throw bad("settings must be an object", shown(options));
  const settings: Values = { ...options };
  checkValues(bad, settings);
  checkShares(bad, settings);
  checkTokens(bad, settings["specialTokens"], settings["unkToken"]);
  checkBytes(bad, options, settings);
  const { initialAlphabet: alphabet } = options;
  if (alphabet === undefined) return options;
  return { ...options, initialAlphabet: checkedAlphabet(bad, alphabet, settings["rule"]) };
};

const huggingFaceOnly = [
  "ties",
  "ids",
  "limitAlphabet",
  "continuingSubwordPrefix",
  "endOfWordSuffix",
];

/** Throws ArgumentError for settings that `trainBpe` does not take together. */
export const checkBpe = (options: Settings & { readonly unkToken?: string }): void => {
  const bad = complaintOf("trainBpe");
  const settings: Values = { ...options };
  const { unkToken, specialTokens = [] } = options;
  if (unkToken !== undefined && !specialTokens.includes(unkToken))
    throw bad("unkToken must be one of specialTokens", shown(unkToken));
  if (settings["rule"] !== "sentencePiece") return;
  const name = huggingFaceOnly.find((each) => settings[each] !== undefined);
  if (name !== undefined) throw bad("the SentencePiece rule takes no such setting", name);
  if (isByteLevel(options)) throw bad("the SentencePiece rule is for characters", "ByteLevel");
};

/** Throws ArgumentError where characters and reserved tokens fill the vocabulary. */
export const checkRoom = (
  operation: string,
  vocabSize: number,
  characters: number,
  reserved: number,
): void => {
  if (characters + reserved <= vocabSize) return;
  throw complaintOf(operation)(
    "the vocabulary must have room for all characters and special tokens",
    `vocabSize ${vocabSize}, ${characters} characters, ${reserved} special tokens and bytes`,
  );
};
