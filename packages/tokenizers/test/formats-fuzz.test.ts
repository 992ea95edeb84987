import {
  sentencePieceFromBytes,
  textTokenizer,
  tiktokenEncodings,
  tokenizerConfigFromJson,
  TokenizerFormatError,
  tokenizerFromJson,
  tokenizerFromSentencePiece,
  tokenizerFromTiktoken,
  tokenizerFromVocabMerges,
  tokenizerFromVocabTxt,
  tokenizerOfSentencePiece,
  tokenizerToJson,
} from "@adjoint/tokenizers";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Result =
  | { readonly _tag: "Left"; readonly left: unknown }
  | { readonly _tag: "Right"; readonly right: unknown };

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`fixtures/sentencepiece/${name}.model`, import.meta.url)));

const jsonOf = (name: string): string => {
  const model = sentencePieceFromBytes(fixture(name));
  if (model._tag === "Left") throw model.left;
  return tokenizerToJson(tokenizerOfSentencePiece(model.right));
};

/** Always a value, never a throw; a failure is of the typed kind; nothing is polluted. */
const isSettled = (result: Result): void => {
  expect(["Left", "Right"]).toContain(result._tag);
  if (result._tag === "Left") expect(result.left).toBeInstanceOf(TokenizerFormatError);
  expect(Object.keys(Object.prototype)).toEqual([]);
};

const edit = fc.record({ at: fc.nat(), remove: fc.nat(12), insert: fc.string({ maxLength: 5 }) });

const edited = (text: string, edits: readonly { at: number; remove: number; insert: string }[]) =>
  edits.reduce((damaged, { at, remove, insert }) => {
    const start = at % (damaged.length + 1);
    return damaged.slice(0, start) + insert + damaged.slice(start + remove);
  }, text);

const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
const settings = { numRuns: 150, seed: 3, interruptAfterTimeLimit: 20_000 };

test("tokenizer.json, with characters changed", () => {
  const text = jsonOf("bpe");
  fc.assert(
    fc.property(edits, (list) => isSettled(tokenizerFromJson(edited(text, list)))),
    settings,
  );
});

test("tokenizer.json, with any value in any place", () => {
  const document = JSON.parse(jsonOf("unigram")) as Record<string, unknown>;
  const small = {
    ...document,
    model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] },
    added_tokens: [{ id: 5, content: "<s>", special: true }],
    truncation: { max_length: 5, strategy: "LongestFirst", stride: 0 },
    padding: { strategy: { Fixed: 3 }, pad_id: 0 },
    pre_tokenizer: { type: "Split", pattern: { Regex: "a+" }, behavior: "Isolated", invert: false },
    post_processor: { type: "BertProcessing", sep: ["a", 0], cls: ["b", 1] },
  };
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(
      -1,
      1.5,
      2 ** 40,
      "__proto__",
      "(",
      [["a", "b"]],
      { Regex: "[" },
      { type: "Sequence" },
    ),
  );
  const places: (readonly string[])[] = [];
  const walk = (at: unknown, path: readonly string[]): void => {
    if (typeof at !== "object" || at === null) return;
    for (const [key, inner] of Object.entries(at)) {
      places.push([...path, key]);
      walk(inner, [...path, key]);
    }
  };
  walk(small, []);
  const replaced = (at: unknown, [key, ...rest]: readonly string[], by: unknown): unknown => {
    if (key === undefined) return by;
    const copy = (Array.isArray(at) ? [...at] : { ...(at as object) }) as Record<string, unknown>;
    copy[key] = replaced(copy[key], rest, by);
    return copy;
  };
  fc.assert(
    fc.property(fc.constantFrom(...places), value, (path, by) => {
      const result = tokenizerFromJson(replaced(small, path, by));
      isSettled(result);
      if (result._tag === "Right")
        expect(tokenizerFromJson(tokenizerToJson(result.right))).toEqual(result);
    }),
    { ...settings, numRuns: 600 },
  );
});

test("SentencePiece models, with bytes changed", () => {
  const bytes = fixture("bpe");
  const change = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) });
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.nat(bytes.length),
      (list, end) => {
        const damaged = bytes.slice(0, end % 3 === 0 ? end : bytes.length);
        for (const { at, byte } of list) if (at < damaged.length) damaged[at] = byte;
        isSettled(tokenizerFromSentencePiece(damaged));
      },
    ),
    settings,
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (any) => isSettled(sentencePieceFromBytes(any))),
    settings,
  );
});

test("vocabularies, merges, ranks and configurations, with characters changed", () => {
  const ranks = Array.from({ length: 256 }, (_, b) => `${btoa(String.fromCharCode(b))} ${b}`).join(
    "\n",
  );
  const vocab = JSON.stringify({ a: 0, b: 1, ab: 2, abb: 3 });
  const config = JSON.stringify({
    bos_token: { content: "<s>" },
    added_tokens_decoder: { "5": { content: "<s>", special: true } },
    chat_template: [{ name: "default", template: "x" }],
    add_bos_token: true,
  });
  fc.assert(
    fc.property(edits, (list) => {
      isSettled(tokenizerFromTiktoken(edited(ranks, list), tiktokenEncodings.cl100k_base));
      isSettled(tokenizerFromVocabMerges({ vocab: edited(vocab, list), merges: "a b\nab b" }));
      isSettled(tokenizerFromVocabMerges({ vocab, merges: edited("a b\nab b\n", list) }));
      isSettled(tokenizerFromVocabTxt(edited("[UNK]\n[CLS]\n[SEP]\na\n##b\n", list)));
      isSettled(tokenizerConfigFromJson({ tokenizerConfig: edited(config, list) }));
    }),
    settings,
  );
});

test("what loads can be used: compiling throws nothing but typed errors", () => {
  const text = jsonOf("unigram");
  fc.assert(
    fc.property(edits, (list) => {
      const loaded = tokenizerFromJson(edited(text, list));
      if (loaded._tag === "Left") return;
      const ids = textTokenizer(loaded.right).encode("what is this ☃?");
      expect(ids.length).toBeGreaterThan(0);
    }),
    settings,
  );
});
