import { patternFinder } from "../pre-tokenizers/pattern-finder.ts";
import type { DecoderSpec } from "../spec/decoder-spec.ts";
import type { Finder } from "../text/matches.ts";
import { byteFallback } from "./byte-fallback.ts";
import { decodeByteLevel } from "./byte-level.ts";
import { ctc } from "./ctc.ts";
import { stripToken } from "./strip-token.ts";
import { cleanUp } from "./clean-up.ts";

/** Tokens to pieces of text; the text is their join. */
export type Decoder = (tokens: readonly string[]) => readonly string[];

const replaceIn = (token: string, find: Finder, content: string): string => {
  let out = "";
  find(token, (start, end, isMatch) => {
    out += isMatch ? content : token.slice(start, end);
  });
  return out;
};

const wordPiece =
  (prefix: string, cleanup: boolean): Decoder =>
  (tokens) =>
    tokens.map((token, index) => {
      const joins = token.startsWith(prefix);
      const text = index === 0 ? token : joins ? token.slice(prefix.length) : ` ${token}`;
      return cleanup ? cleanUp(text) : text;
    });

const metaspace =
  (replacement: string, dropsFirst: boolean): Decoder =>
  (tokens) =>
    tokens.map((token, index) =>
      token.replaceAll(replacement, index === 0 && dropsFirst ? "" : " "),
    );

/** Prepares a decoder; tokens without one are put together with spaces. Throws RegexError. */
export const decoderOf = (spec: DecoderSpec): Decoder => {
  switch (spec.type) {
    case "ByteLevel":
      return (tokens) => [decodeByteLevel(tokens)];
    case "ByteFallback":
      return byteFallback;
    case "Fuse":
      return (tokens) => [tokens.join("")];
    case "WordPiece":
      return wordPiece(spec.prefix, spec.cleanup);
    case "Metaspace":
      return metaspace(spec.replacement, spec.prependScheme !== "never");
    case "BPEDecoder":
      return (tokens) =>
        tokens.map((token, index) =>
          token.replaceAll(spec.suffix, index === tokens.length - 1 ? "" : " "),
        );
    case "CTC":
      return (tokens) => ctc(tokens, spec.padToken, spec.wordDelimiterToken, spec.cleanup);
    case "Replace": {
      const find = patternFinder(spec.pattern);
      return (tokens) => tokens.map((token) => replaceIn(token, find, spec.content));
    }
    case "Strip":
      return (tokens) =>
        tokens.map((token) => stripToken(token, spec.content, spec.start, spec.stop));
    case "Sequence": {
      const steps = spec.decoders.map(decoderOf);
      return (tokens) => steps.reduce((pieces, step) => step(pieces), tokens);
    }
  }
};
