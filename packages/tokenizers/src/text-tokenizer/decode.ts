import { UnknownTokenError } from "../errors.ts";
import type { Decoder } from "../decoders/decoder.ts";
import type { DecodeOptions } from "../text-tokenizer.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What decoding needs. */
export type DecodingParts = {
  readonly vocabulary: Vocabulary;
  readonly special: ReadonlySet<string>;
  readonly decoder: Decoder | undefined;
};

/** The tokens of ids, as decoders get them; undefined for special ones that are left out. Throws UnknownTokenError. */
export const tokenForDecoder = (
  { vocabulary, special }: DecodingParts,
  id: number,
  position: number,
  skipSpecialTokens: boolean,
): string | undefined => {
  const token = vocabulary.textOf(id);
  if (token === undefined) throw new UnknownTokenError(id, position, vocabulary.size);
  return skipSpecialTokens && special.has(token) ? undefined : token;
};

/** The text of tokens. */
export const decodeTokens = ({ decoder }: DecodingParts, tokens: readonly string[]): string =>
  decoder === undefined ? tokens.join(" ") : decoder(tokens).join("");

/** The text of ids. */
export const decodeIds = (
  parts: DecodingParts,
  ids: Iterable<number>,
  { skipSpecialTokens = false }: DecodeOptions,
): string => {
  const tokens: string[] = [];
  let position = 0;
  for (const id of ids) {
    const token = tokenForDecoder(parts, id, position++, skipSpecialTokens);
    if (token !== undefined) tokens.push(token);
  }
  return decodeTokens(parts, tokens);
};
