import { AdjointError } from "@adjoint/core";

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** A text has a character that the vocabulary lacks; `character` and its place are readable as data. */
export class UnknownCharacterError extends AdjointError {
  override readonly name = "UnknownCharacterError";
  /** The character. */
  readonly character: string;
  /** How many characters (code points) come before it. */
  readonly position: number;

  constructor(character: string, position: number, line: number, column: number) {
    super({
      operation: "encode",
      rule: "every character must be in the vocabulary",
      got: `${JSON.stringify(character)} (${codePoint(character)}) at position ${position}, line ${line}, column ${column}`,
      fix: "remove it, or train the tokenizer on text that has it",
    });
    this.character = character;
    this.position = position;
  }
}

/** An id is not a token; `id` and its place are readable as data. */
export class UnknownTokenError extends AdjointError {
  override readonly name = "UnknownTokenError";
  /** The id. */
  readonly id: number;
  /** How many ids come before it. */
  readonly position: number;

  constructor(id: number, position: number, vocabSize: number) {
    super({
      operation: "decode",
      rule: `ids must be whole numbers from 0 to ${vocabSize - 1}`,
      got: `${id} at position ${position}`,
    });
    this.id = id;
    this.position = position;
  }
}

/** A vocabulary or a tokenizer file is not what it should be. */
export class TokenizerFormatError extends AdjointError {
  override readonly name = "TokenizerFormatError";
}
