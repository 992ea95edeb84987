import { byteLevelBytes } from "../decoders/byte-level.ts";
import type { DecoderSpec } from "../spec/decoder-spec.ts";
import type { DecodeOptions, DecodeStream } from "../text-tokenizer.ts";
import { decodeTokens, type DecodingParts, tokenForDecoder } from "./decode.ts";

/** Takes a token, and gives the text that became certain with it. */
type TokenStream = { readonly push: (token: string) => string; readonly end: () => string };

/** Bytes go through a decoder that keeps the beginning of a character back: exactly the text of all of them. */
const byteLevelStream = (): TokenStream => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    push: (token) => decoder.decode(byteLevelBytes(token), { stream: true }),
    end: () => decoder.decode(),
  };
};

/** No character has more bytes, so what is no text after so many tokens never will be. */
const longestWait = 16;
const longestContext = 32;

/**
 * Decodes each token together with those of the last text that went out, and gives what is more. Text that ends in U+FFFD
 * waits, as the rest of a character may come.
 */
const windowStream = (parts: DecodingParts): TokenStream => {
  let context: readonly string[] = [];
  let pending: readonly string[] = [];
  const fresh = (whole: string): string => {
    const base = context.length === 0 ? "" : decodeTokens(parts, context);
    return whole.startsWith(base) ? whole.slice(base.length) : decodeTokens(parts, pending);
  };
  const release = (whole: string): string => {
    const text = fresh(whole);
    context = (text === "" ? [...context, ...pending] : pending).slice(-longestContext);
    pending = [];
    return text;
  };
  return {
    push: (token) => {
      pending = [...pending, token];
      const whole = decodeTokens(parts, [...context, ...pending]);
      return whole.endsWith("\uFFFD") && pending.length < longestWait ? "" : release(whole);
    },
    end: () => (pending.length === 0 ? "" : release(decodeTokens(parts, [...context, ...pending]))),
  };
};

/** Decodes ids as they come. */
export const decodeStream = (
  parts: DecodingParts,
  spec: DecoderSpec | undefined,
  { skipSpecialTokens = false }: DecodeOptions,
): DecodeStream => {
  const stream = spec?.type === "ByteLevel" ? byteLevelStream() : windowStream(parts);
  let position = 0;
  const step = (id: number): string => {
    const token = tokenForDecoder(parts, id, position++, skipSpecialTokens);
    return token === undefined ? "" : stream.push(token);
  };
  return {
    push: (...ids) => ids.reduce((text, id) => text + step(id), ""),
    end: stream.end,
  };
};
