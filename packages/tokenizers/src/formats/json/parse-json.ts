import { TokenizerFormatError } from "../../errors.ts";

const placeOf = (text: string, position: number): string => {
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  return `line ${line}, column ${position - before.lastIndexOf("\n")}`;
};

/** Engines say "at position 12", or nothing at all where the text ends early. */
const positionIn = (message: string, text: string): number => {
  const said = /position (\d+)/.exec(message)?.[1];
  return said === undefined ? text.length : Number(said);
};

/** The value of a JSON text. Throws TokenizerFormatError that says where the text is no JSON. */
export const parseJson = (operation: string, text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
    return value;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const position = positionIn(message, text);
    throw new TokenizerFormatError(
      {
        operation,
        rule: "needs JSON text",
        got: `${message.slice(0, 200)} (${placeOf(text, position)} of ${text.length} characters)`,
      },
      { cause },
    );
  }
};
