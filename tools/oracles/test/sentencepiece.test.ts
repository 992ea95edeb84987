import { noise, rustTokenizer } from "@adjoint/oracles";
import {
  sentencePieceFromBytes,
  textTokenizer,
  tokenizerOfSentencePiece,
} from "@adjoint/tokenizers";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const fixtures = new URL(
  "../../../packages/tokenizers/test/fixtures/sentencepiece/",
  import.meta.url,
);

const texts = [
  ...(
    JSON.parse(readFileSync(new URL("expected.json", fixtures), "utf8")) as {
      readonly bpe: { readonly rows: readonly { readonly text: string }[] };
    }
  ).bpe.rows.map(({ text }) => text),
  ...Array.from({ length: 20 }, (_, seed) => noise(20, seed)),
];

/** What we make of a SentencePiece file is a tokenizer.json that Rust understands in the same way. */
test.each([
  "unigram",
  "unigram-bytes",
  "unigram-nmt-nfkc",
  "unigram-suffix",
  "bpe",
  "bpe-llama",
  "char",
])("%s, saved as tokenizer.json, gives the same ids in Rust", async (name) => {
  const model = sentencePieceFromBytes(
    new Uint8Array(readFileSync(new URL(`${name}.model`, fixtures))),
  );
  if (model._tag === "Left") throw model.left;
  const spec = tokenizerOfSentencePiece(model.right);
  const [tokenizer, rust] = [textTokenizer(spec), rustTokenizer(spec)];
  for (const each of texts) {
    // Rust's Unigram takes this text for the token of a byte, SentencePiece and we do not.
    const text = name === "unigram-bytes" ? each.replaceAll("<0x41>", "") : each;
    const ids = Array.from(tokenizer.encode(text));
    expect({ text, ids }).toEqual({ text, ids: (await rust.encode(text)).getIds() });
    expect(tokenizer.decode(ids)).toBe(await rust.decode(ids, false));
  }
});
