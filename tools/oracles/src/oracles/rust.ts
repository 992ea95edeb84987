import { tokenizerToJson, type TokenizerSpec } from "@adjoint/tokenizers";
import { Tokenizer } from "tokenizers";

const idsOf = ({ addedTokens, model }: TokenizerSpec): readonly number[] => [
  ...addedTokens.map((token) => token.id),
  ...(model.type === "Unigram" ? model.pieces.keys() : model.vocab.values()),
];

/**
 * The same tokenizer with tokens in the holes between its ids: Rust numbers added tokens one after another and ignores the
 * ids of the file, so `<|endofprompt|>` of cl100k (100276) would be 100261.
 */
const withoutHoles = (spec: TokenizerSpec): TokenizerSpec => {
  const taken = new Set(idsOf(spec));
  const last = Math.max(...spec.addedTokens.map((token) => token.id));
  const [example] = spec.addedTokens;
  if (example === undefined) return spec;
  const holes = Array.from({ length: last }, (_, id) => id).filter((id) => !taken.has(id));
  const fill = holes.map((id) => ({ ...example, id, content: `<|hole ${id}|>` }));
  return { ...spec, addedTokens: [...spec.addedTokens, ...fill].toSorted((a, b) => a.id - b.id) };
};

/** Hugging Face's own library, in Rust, with the tokenizer as we save it. */
export const rustTokenizer = (spec: TokenizerSpec): Tokenizer =>
  Tokenizer.fromString(tokenizerToJson(withoutHoles(spec)));

/** Offsets in code points, as the Rust library counts, as offsets in UTF-16 units. */
export const inUnits = (text: string, offsets: readonly (readonly number[])[]): number[] => {
  const starts: number[] = [];
  let at = 0;
  for (const character of text) {
    starts.push(at);
    at += character.length;
  }
  starts.push(at);
  return offsets.flat().map((offset) => starts[offset] ?? -1);
};
