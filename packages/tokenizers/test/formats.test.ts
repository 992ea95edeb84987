import {
  type DecoderSpec,
  type ModelSpec,
  type NormalizerSpec,
  type PostProcessorSpec,
  type PreTokenizerSpec,
  textTokenizer,
  tiktokenEncodings,
  tokenizerConfigFromJson,
  tokenizerConfigToJson,
  TokenizerFormatError,
  tokenizerFromJson,
  tokenizerFromTiktoken,
  tokenizerFromVocabMerges,
  tokenizerFromVocabTxt,
  type TokenizerSpec,
  tokenizerToJson,
  tokenizerToTiktoken,
  tokenizerToVocabMerges,
  tokenizerToVocabTxt,
  withTokenizerConfig,
} from "@adjoint/tokenizers";
import { loadTokenizer, saveTokenizer } from "@adjoint/tokenizers/node";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const bpe: ModelSpec = {
  type: "BPE",
  vocab: new Map([
    ["a", 0],
    ["b", 1],
    ["ab", 2],
    ["__proto__", 3],
    ["\ud800", 7],
  ]),
  merges: [["a", "b"]],
  unkToken: undefined,
  continuingSubwordPrefix: undefined,
  endOfWordSuffix: undefined,
  fuseUnk: false,
  byteFallback: false,
  ignoreMerges: false,
  dropout: undefined,
};

const plain: TokenizerSpec = {
  addedTokens: [],
  normalizer: undefined,
  preTokenizer: undefined,
  model: bpe,
  postProcessor: undefined,
  decoder: undefined,
  truncation: undefined,
  padding: undefined,
};

const byteLevel = {
  type: "ByteLevel",
  addPrefixSpace: false,
  trimOffsets: true,
  useRegex: false,
} as const;

const metaspace = {
  type: "Metaspace",
  replacement: "▁",
  prependScheme: "first",
  split: false,
} as const;

const normalizers: readonly NormalizerSpec[] = [
  ...(["NFC", "NFD", "NFKC", "NFKD"] as const).map((type) => ({ type })),
  ...(["Lowercase", "StripAccents", "Nmt", "ByteLevel"] as const).map((type) => ({ type })),
  {
    type: "Bert",
    cleanText: false,
    handleChineseChars: true,
    stripAccents: undefined,
    lowercase: true,
  },
  {
    type: "Bert",
    cleanText: true,
    handleChineseChars: false,
    stripAccents: false,
    lowercase: false,
  },
  { type: "Replace", pattern: { text: " " }, content: "▁" },
  { type: "Replace", pattern: { regex: " {2,}" }, content: " " },
  { type: "Prepend", prepend: "▁" },
  { type: "Strip", left: true, right: false },
  { type: "Precompiled", charsmap: Uint8Array.from([4, 0, 0, 0, 0, 0, 0, 0, 65, 0]) },
];

const preTokenizers: readonly PreTokenizerSpec[] = [
  byteLevel,
  metaspace,
  ...(["removed", "isolated", "mergedWithPrevious", "mergedWithNext", "contiguous"] as const).map(
    (behavior) =>
      ({ type: "Split", pattern: { regex: String.raw`\s+` }, behavior, invert: true }) as const,
  ),
  { type: "Split", pattern: { text: "." }, behavior: "isolated", invert: false },
  ...(["BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts"] as const).map(
    (type) => ({ type }),
  ),
  { type: "Digits", individualDigits: true },
  { type: "Punctuation", behavior: "contiguous" },
  { type: "CharDelimiterSplit", delimiter: "🙂" },
  { type: "FixedLength", length: 3 },
];

const special: PostProcessorSpec = {
  type: "TemplateProcessing",
  single: [
    { specialToken: "__proto__", typeId: 0 },
    { sequence: "A", typeId: 0 },
  ],
  pair: [
    { sequence: "A", typeId: 0 },
    { specialToken: "__proto__", typeId: 1 },
    { sequence: "B", typeId: 2 },
  ],
  specialTokens: new Map([
    [
      "__proto__",
      [
        ["a", 0],
        ["b", 1],
      ],
    ],
  ]),
};

const postProcessors: readonly PostProcessorSpec[] = [
  special,
  { type: "BertProcessing", sep: ["a", 0], cls: ["b", 1] },
  {
    type: "RobertaProcessing",
    sep: ["a", 0],
    cls: ["b", 1],
    trimOffsets: false,
    addPrefixSpace: true,
  },
  byteLevel,
];

const decoders: readonly DecoderSpec[] = [
  ...(["ByteLevel", "ByteFallback", "Fuse"] as const).map((type) => ({ type })),
  { type: "WordPiece", prefix: "##", cleanup: false },
  metaspace,
  { type: "BPEDecoder", suffix: "</w>" },
  { type: "CTC", padToken: "<pad>", wordDelimiterToken: "|", cleanup: true },
  { type: "Replace", pattern: { text: "▁" }, content: " " },
  { type: "Strip", content: " ", start: 1, stop: 2 },
];

const models: readonly ModelSpec[] = [
  bpe,
  {
    ...bpe,
    unkToken: "a",
    continuingSubwordPrefix: "",
    endOfWordSuffix: "</w>",
    fuseUnk: true,
    byteFallback: true,
    ignoreMerges: true,
    dropout: 0.25,
  },
  {
    type: "WordPiece",
    vocab: new Map([["[UNK]", 5]]),
    unkToken: "[UNK]",
    continuingSubwordPrefix: "##",
    maxInputCharsPerWord: 7,
  },
  { type: "WordLevel", vocab: new Map([["x", 0]]), unkToken: "x" },
  {
    type: "Unigram",
    pieces: [
      ["<unk>", 0],
      ["a", -1.5],
      ["__proto__", -2],
    ],
    unkId: 0,
    byteFallback: true,
  },
  { type: "Unigram", pieces: [["a", -1]], unkId: undefined, byteFallback: false },
];

const added = {
  id: 9,
  content: "<x>",
  singleWord: true,
  lstrip: true,
  rstrip: false,
  normalized: false,
  special: true,
};

const specs: readonly TokenizerSpec[] = [
  plain,
  ...normalizers.map((normalizer) => ({ ...plain, normalizer })),
  { ...plain, normalizer: { type: "Sequence", normalizers } },
  ...preTokenizers.map((preTokenizer) => ({ ...plain, preTokenizer })),
  { ...plain, preTokenizer: { type: "Sequence", preTokenizers } },
  ...postProcessors.map((postProcessor) => ({ ...plain, postProcessor })),
  { ...plain, postProcessor: { type: "Sequence", processors: postProcessors } },
  ...decoders.map((decoder) => ({ ...plain, decoder })),
  { ...plain, decoder: { type: "Sequence", decoders } },
  ...models.map((model) => ({ ...plain, model })),
  {
    ...plain,
    addedTokens: [added, { ...added, id: 10, content: "y", special: false, normalized: true }],
    truncation: { maxLength: 5, strategy: "onlySecond", stride: 2, direction: "left" },
    padding: {
      length: 8,
      direction: "left",
      padToMultipleOf: 4,
      padId: 1,
      padTypeId: 2,
      padToken: "b",
    },
  },
  {
    ...plain,
    padding: {
      length: "longest",
      direction: "right",
      padToMultipleOf: undefined,
      padId: 0,
      padTypeId: 0,
      padToken: "a",
    },
  },
];

describe("tokenizer.json", () => {
  test("loading what was saved gives the same tokenizer, for every part of the format", () => {
    for (const spec of specs)
      expect(tokenizerFromJson(tokenizerToJson(spec))).toEqual({ _tag: "Right", right: spec });
  });

  const load = (json: unknown): TokenizerSpec => {
    const loaded = tokenizerFromJson(json);
    if (loaded._tag === "Left") throw loaded.left;
    return loaded.right;
  };

  const model = { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] };

  test("merges as strings and as pairs", () => {
    const strings = load({ model });
    expect(load({ model: { ...model, merges: [["a", "b"]] } })).toEqual(strings);
    expect(load({ model: { ...model, merges: ["#version: 0.2", "a b"] } })).toEqual(strings);
  });

  test("Metaspace of old and of new files", () => {
    const schemeOf = (fields: object): unknown =>
      load({ model, pre_tokenizer: { type: "Metaspace", replacement: "▁", ...fields } })
        .preTokenizer;
    expect(schemeOf({ add_prefix_space: true })).toMatchObject({
      prependScheme: "always",
      split: true,
    });
    expect(schemeOf({ add_prefix_space: false, str_rep: "▁" })).toMatchObject({
      prependScheme: "never",
    });
    expect(schemeOf({ add_prefix_space: true, prepend_scheme: "first" })).toMatchObject({
      prependScheme: "first",
    });
    expect(
      tokenizerFromJson({
        model,
        decoder: {
          type: "Metaspace",
          replacement: "▁",
          add_prefix_space: false,
          prepend_scheme: "always",
        },
      })._tag,
    ).toBe("Left");
  });

  test("records of files that are older than tags", () => {
    const loaded = load({
      normalizer: { strip_left: true, strip_right: false },
      pre_tokenizer: { add_prefix_space: true, trim_offsets: false },
      decoder: { prefix: "##", cleanup: true },
      post_processor: { sep: ["a", 0], cls: ["b", 1] },
      model: { vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] },
    });
    expect(loaded.normalizer).toEqual({ type: "Strip", left: true, right: false });
    expect(loaded.preTokenizer).toMatchObject({ type: "ByteLevel", useRegex: true });
    expect(loaded.decoder).toEqual({ type: "WordPiece", prefix: "##", cleanup: true });
    expect(loaded.postProcessor?.type).toBe("BertProcessing");
    expect(loaded.model.type).toBe("BPE");
    expect(load({ model: { vocab: [["a", 0]], unk_id: 0 } }).model.type).toBe("Unigram");
    expect(load({ model: { vocab: { a: 0 }, unk_token: "a" } }).model.type).toBe("WordLevel");
  });

  test.each<readonly [unknown, string]>([
    ["", "needs JSON text"],
    ['{"model": {"type": "BPE",\n "vocab": {"a": 0}, ]}', "line 2, column"],
    ["[]", "the document must be an object, got an array of 0"],
    [{}, "model must be an object, got nothing"],
    [{ version: "2.0", model }, 'version must be "1.0", got "2.0"'],
    [{ model: { type: "LSTM" } }, "model.type must be one of BPE, WordPiece, WordLevel, Unigram"],
    [
      { model: { ...model, vocab: { a: 0, b: 0 } } },
      'model.vocab.b must be an id of its own, got 0, the id of "a"',
    ],
    [{ model: { ...model, vocab: { "x y": 1.5 } } }, 'model.vocab["x y"] must be a whole number'],
    [{ model: { ...model, vocab: { a: 2 ** 31 } } }, "model.vocab.a must be a whole number"],
    [
      { model: { ...model, merges: ["a c"] } },
      'model.merges[0] must be of tokens, and make a token, of the vocabulary, got "c"',
    ],
    [
      { model: { ...model, merges: ["a b", "b a"] } },
      'model.merges[1] must be of tokens, and make a token, of the vocabulary, got "ba"',
    ],
    [{ model: { ...model, merges: ["a b c"] } }, "model.merges[0] must be"],
    [{ model: { ...model, merges: [["a", 1]] } }, "model.merges[0] must be"],
    [{ model: { ...model, merges: 3 } }, "model.merges must be an array, got 3"],
    [{ model: { ...model, dropout: 2 } }, "model.dropout must be a probability, got 2"],
    [{ model: { type: "Unigram", vocab: [["a", null]] } }, "model.vocab[0] must be [piece, score]"],
    [
      { model: { type: "Unigram", vocab: [["a", 0]], unk_id: 1 } },
      "model.unk_id must be the place of one of the 1 pieces, got 1",
    ],
    [
      {
        model,
        pre_tokenizer: {
          type: "Split",
          pattern: { Regex: "(" },
          behavior: "Isolated",
          invert: false,
        },
      },
      "pre_tokenizer.pattern.Regex must be a regular expression",
    ],
    [
      {
        model,
        pre_tokenizer: {
          type: "Split",
          pattern: { Regex: "(a*)*b" },
          behavior: "Isolated",
          invert: false,
        },
      },
      "pre_tokenizer.pattern.Regex must be a regular expression",
    ],
    [
      { model, normalizer: { type: "Precompiled", precompiled_charsmap: "%" } },
      "normalizer.precompiled_charsmap must be base64",
    ],
    [
      { model, normalizer: { type: "Sequence", normalizers: [{ type: "NFC" }, { type: "NFX" }] } },
      "normalizer.normalizers[1].type must be one of",
    ],
    [
      {
        model,
        post_processor: {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "[CLS]", type_id: 0 } }],
          pair: [],
          special_tokens: {},
        },
      },
      'post_processor.single[0] must name one of special_tokens, got "[CLS]"',
    ],
    [
      { model, added_tokens: [{ id: 0, content: "z" }] },
      'added_tokens[0].id must be an id of its own, got 0, the id of "a"',
    ],
    [
      {
        model,
        added_tokens: [
          { id: 5, content: "z" },
          { id: 6, content: "z" },
        ],
      },
      "added_tokens[1].content must be told once",
    ],
    [{ model, truncation: { max_length: -1 } }, "truncation.max_length must be a whole number"],
    [
      { model, padding: { strategy: "Longest" } },
      'padding.strategy must be one of "BatchLongest", got "Longest"',
    ],
  ])("%j is a Left that says where", (json, message) => {
    const loaded = tokenizerFromJson(json);
    expect(loaded._tag).toBe("Left");
    if (loaded._tag === "Left") {
      expect(loaded.left).toBeInstanceOf(TokenizerFormatError);
      expect(loaded.left.message).toContain(message);
    }
  });

  test("nesting is bounded", () => {
    const nested = (depth: number): string =>
      `{"model": {"type": "BPE", "vocab": {}, "merges": []}, "normalizer": ${'{"type": "Sequence", "normalizers": ['.repeat(depth)}${"]}".repeat(depth)}}`;
    expect(tokenizerFromJson(nested(10))._tag).toBe("Right");
    for (const depth of [30, 1_000, 100_000])
      expect(tokenizerFromJson(nested(depth))._tag).toBe("Left");
  });

  test("keys named __proto__ are tokens, and pollute nothing", () => {
    const text =
      '{"__proto__": {"polluted": 1}, "model": {"type": "BPE", "vocab": {"__proto__": 0, "constructor": 1}, "merges": []}}';
    const loaded = load(text);
    expect(loaded.model).toMatchObject({
      vocab: new Map([
        ["__proto__", 0],
        ["constructor", 1],
      ]),
    });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(load(tokenizerToJson(loaded))).toEqual(loaded);
    expect(
      tokenizerFromJson('{"__proto__": {"model": {"type": "BPE", "vocab": {}, "merges": []}}}')
        ._tag,
    ).toBe("Left");
  });
});

describe("vocab.json and merges.txt", () => {
  const files = { vocab: '{"a":0,"b":1,"ab":2}', merges: "#version: 0.2\na b\n" };

  test("there and back", () => {
    const spec = tokenizerFromVocabMerges(files);
    if (spec._tag === "Left") throw spec.left;
    expect(tokenizerToVocabMerges(spec.right)).toEqual({ _tag: "Right", right: files });
  });

  test.each([
    [{ ...files, merges: "#version: 0.2\na b\na c" }, "line 3 of the merges", '"c"'],
    [{ ...files, merges: "ab" }, "line 1 of the merges", '"ab"'],
    [{ ...files, vocab: "[" }, "needs JSON text", "line 1"],
    [{ ...files, vocab: '{"a":0,"b":0}' }, "b must be an id of its own", '"a"'],
  ])("%j is a Left", (bad, ...messages) => {
    const loaded = tokenizerFromVocabMerges(bad);
    expect(loaded._tag).toBe("Left");
    if (loaded._tag === "Left")
      for (const message of messages) expect(loaded.left.message).toContain(message);
  });

  test("what the two files cannot say is a Left", () => {
    expect(tokenizerToVocabMerges({ ...plain, model: models[2] ?? bpe })._tag).toBe("Left");
    const spaced = {
      ...bpe,
      vocab: new Map([
        ["a", 0],
        [" ", 1],
        ["a ", 2],
      ]),
      merges: [["a", " "]],
    } as const;
    expect(tokenizerToVocabMerges({ ...plain, model: spaced })._tag).toBe("Left");
  });
});

describe("tiktoken rank files", () => {
  const bytes = Array.from({ length: 256 }, (_, b) => `${btoa(String.fromCharCode(b))} ${b}`);
  const file = `${[...bytes, `${btoa("hi")} 256`, `${btoa("hi!")} 257`].join("\n")}\n`;
  const encoding = { ...tiktokenEncodings.cl100k_base, specialTokens: new Map([["<|end|>", 300]]) };

  test("there and back; saved as tokenizer.json it gives the same ids", () => {
    const spec = tokenizerFromTiktoken(file, encoding);
    if (spec._tag === "Left") throw spec.left;
    expect(tokenizerToTiktoken(spec.right)).toEqual({ _tag: "Right", right: file });
    const json = tokenizerFromJson(tokenizerToJson(spec.right));
    if (json._tag === "Left") throw json.left;
    const [ranks, pairs] = [textTokenizer(spec.right), textTokenizer(json.right)];
    const text = "hi! hi hih\n<|end|>naïve";
    expect(Array.from(ranks.encode(text)).slice(0, 4)).toEqual([256, 33, 32, 256]);
    expect(pairs.encode(text)).toEqual(ranks.encode(text));
    expect(tokenizerToTiktoken(json.right)).toEqual({ _tag: "Right", right: file });
  });

  test.each([
    ["QQ== x", 'line 1 must be "base64 rank"'],
    ["Q 1", 'line 1 must be "base64 rank"'],
    [" 1", 'line 1 must be "base64 rank"'],
    ["QQ== 99999999999999", 'line 1 must be "base64 rank"'],
    [`${file}QQ== 400`, "line 259 must have a token and a rank of its own"],
    [`${file}QQo= 3`, "line 259 must have a token and a rank of its own"],
    ["QQ== 0", "every byte must have a rank"],
  ])("%.20j… is a Left", (text, message) => {
    const loaded = tokenizerFromTiktoken(text, encoding);
    expect(loaded._tag).toBe("Left");
    if (loaded._tag === "Left") expect(loaded.left.message).toContain(message);
  });

  test("special tokens need ids of their own", () => {
    const clash = { ...encoding, specialTokens: new Map([["<|end|>", 7]]) };
    expect(tokenizerFromTiktoken(file, clash)._tag).toBe("Left");
  });
});

describe("vocab.txt", () => {
  const file = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nplay\n##ing\n";

  test("there and back", () => {
    const spec = tokenizerFromVocabTxt(file);
    if (spec._tag === "Left") throw spec.left;
    expect(tokenizerToVocabTxt(spec.right)).toEqual({ _tag: "Right", right: file });
    expect(Array.from(textTokenizer(spec.right).encode("PLAYING played"))).toEqual([2, 4, 5, 1, 3]);
  });

  test.each([
    [`${file}play\n`, "line 7 must be a token of its own"],
    ["a\nb", "the vocabulary must have [UNK]"],
    ["[UNK]\n[CLS]", "the vocabulary must have [SEP]"],
  ])("%j is a Left", (text, message) => {
    const loaded = tokenizerFromVocabTxt(text);
    expect(loaded._tag).toBe("Left");
    if (loaded._tag === "Left") expect(loaded.left.message).toContain(message);
  });

  test("ids with holes are a Left", () => {
    const holes = { type: "WordLevel", vocab: new Map([["a", 1]]), unkToken: "a" } as const;
    expect(tokenizerToVocabTxt({ ...plain, model: holes })._tag).toBe("Left");
  });
});

describe("tokenizer_config.json and the files beside it", () => {
  const files = {
    tokenizerConfig: JSON.stringify({
      add_bos_token: true,
      add_eos_token: false,
      bos_token: { __type: "AddedToken", content: "<s>", special: true },
      eos_token: "</s>",
      unk_token: null,
      additional_special_tokens: ["<x>", { content: "<y>" }],
      added_tokens_decoder: { "10": { content: "<s>", special: true }, "11": { content: "word" } },
      chat_template: [
        { name: "default", template: "{{ messages }}" },
        { name: "tool_use", template: "{{ tools }}" },
      ],
      model_max_length: 1e30,
    }),
    specialTokensMap: JSON.stringify({ pad_token: "<pad>", eos_token: "<old>" }),
    addedTokens: JSON.stringify({ "<x>": 12, plain: 13 }),
  };

  test("what they say together", () => {
    const config = tokenizerConfigFromJson(files);
    if (config._tag === "Left") throw config.left;
    expect(config.right.specialTokens).toEqual(
      new Map([
        ["pad_token", "<pad>"],
        ["eos_token", "</s>"],
        ["bos_token", "<s>"],
      ]),
    );
    expect(config.right.additionalSpecialTokens).toEqual(["<x>", "<y>"]);
    expect(config.right.chatTemplates.get("tool_use")).toBe("{{ tools }}");
    expect(config.right.modelMaxLength).toBeUndefined();
    expect(config.right.addBosToken).toBe(true);
    expect(
      config.right.addedTokens.map(({ id, content, special }) => [id, content, special]),
    ).toEqual([
      [10, "<s>", true],
      [11, "word", false],
      [12, "<x>", true],
      [13, "plain", false],
    ]);
    expect(tokenizerConfigFromJson(tokenizerConfigToJson(config.right))).toEqual(config);
  });

  test("what they add to a tokenizer", () => {
    const config = tokenizerConfigFromJson(files);
    if (config._tag === "Left") throw config.left;
    const tokenizer = textTokenizer(withTokenizerConfig(plain, config.right));
    expect(Array.from(tokenizer.encode("ab<x>"))).toEqual([10, 2, 12]);
    expect(Array.from(tokenizer.encode(["ab", "a"]))).toEqual([10, 2, 10, 0]);
  });

  test("a template of its own file", () => {
    const config = tokenizerConfigFromJson({ chatTemplate: "{{ x }}" });
    expect(config._tag === "Right" && config.right.chatTemplates.get("default")).toBe("{{ x }}");
  });

  test.each([
    [{ tokenizerConfig: '{"bos_token": 3}' }, "tokenizer_config.json: bos_token must be an object"],
    [
      { tokenizerConfig: '{"chat_template": [{"name": "a"}]}' },
      "chat_template[0].template must be a string",
    ],
    [
      { tokenizerConfig: '{"added_tokens_decoder": {"x": {"content": "a"}}}' },
      "must have an id for its key",
    ],
    [{ addedTokens: '{"a": "b"}' }, "added_tokens.json: a must be a whole number"],
    [{ specialTokensMap: "{" }, "needs JSON text"],
  ])("%j is a Left", (bad, message) => {
    const config = tokenizerConfigFromJson(bad);
    expect(config._tag).toBe("Left");
    if (config._tag === "Left") expect(config.left.message).toContain(message);
  });
});

describe("folders", () => {
  test("saved and loaded again; other files where there is no tokenizer.json", async () => {
    const folder = await mkdtemp(join(tmpdir(), "adjoint-tokenizers-"));
    try {
      const config = tokenizerConfigFromJson({
        tokenizerConfig: '{"eos_token": "b", "model_max_length": 9}',
      });
      if (config._tag === "Left") throw config.left;
      await saveTokenizer(folder, { spec: plain, config: config.right });
      expect(await loadTokenizer(folder)).toEqual({
        _tag: "Right",
        right: { spec: plain, config: config.right },
      });
      await rm(join(folder, "tokenizer.json"));
      expect((await loadTokenizer(folder))._tag).toBe("Left");
      await writeFile(join(folder, "vocab.txt"), "[UNK]\n[CLS]\n[SEP]\n");
      const words = await loadTokenizer(folder);
      expect(words._tag === "Right" && words.right.spec.model.type).toBe("WordPiece");
      await writeFile(join(folder, "vocab.json"), '{"a":0}');
      await writeFile(join(folder, "merges.txt"), "");
      const pairs = await loadTokenizer(folder);
      expect(pairs._tag === "Right" && pairs.right.spec.model.type).toBe("BPE");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
