import { type Either, left, right } from "@adjoint/core/either";
import { TokenizerFormatError } from "../errors.ts";
import { charTokenizer, type CharTokenizer } from "./char-tokenizer.ts";

const type = "adjoint/char-tokenizer";
const version = 1;

/** The tokenizer as JSON text, for `charTokenizerFromJson`. */
export const charTokenizerToJson = ({ vocab }: CharTokenizer): string =>
  JSON.stringify({ type, version, vocab });

const invalid = (rule: string, got?: string, cause?: unknown): TokenizerFormatError =>
  new TokenizerFormatError(
    { operation: "charTokenizerFromJson", rule, ...(got === undefined ? {} : { got }) },
    { cause },
  );

const parse = (text: string): Either<TokenizerFormatError, unknown> => {
  try {
    return right(JSON.parse(text));
  } catch (cause) {
    return left(
      invalid("needs JSON text", cause instanceof Error ? cause.message : String(cause), cause),
    );
  }
};

const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((x) => typeof x === "string");

const decode = (value: unknown): Either<TokenizerFormatError, CharTokenizer> => {
  const fields = new Map<string, unknown>(
    typeof value === "object" && value !== null ? Object.entries(value) : [],
  );
  const vocab = fields.get("vocab");
  if (fields.get("type") !== type)
    return left(invalid(`type must be "${type}"`, JSON.stringify(fields.get("type"))));
  if (fields.get("version") !== version)
    return left(invalid(`version must be ${version}`, JSON.stringify(fields.get("version"))));
  if (!isStrings(vocab)) return left(invalid("vocab must be an array of strings", typeof vocab));
  try {
    return right(charTokenizer(vocab));
  } catch (error) {
    if (error instanceof TokenizerFormatError) return left(error);
    throw error;
  }
};

/**
 * The tokenizer that `charTokenizerToJson` wrote, or what is wrong with the text: files may be damaged, so this is a
 * value and not a thrown error.
 *
 * ```ts doctest
 * import { charTokenizerFromJson, charTokenizerToJson, trainCharTokenizer } from "@adjoint/tokenizers";
 * const loaded = charTokenizerFromJson(charTokenizerToJson(trainCharTokenizer("hello")));
 * loaded._tag === "Right" && loaded.right.vocabSize; // => 4
 * charTokenizerFromJson("{}")._tag; // => "Left"
 * ```
 */
export const charTokenizerFromJson = (
  text: string,
): Either<TokenizerFormatError, CharTokenizer> => {
  const parsed = parse(text);
  return parsed._tag === "Left" ? parsed : decode(parsed.right);
};
