import { rustTokenizer, vocabularies } from "@adjoint/oracles";
import { textTokenizer, tokenizerToJson } from "@adjoint/tokenizers";
import { type Config, countIds, type Encode, type Encoder } from "./encoder.ts";

const adjoint: Encoder = {
  name: "adjoint",
  load: async (config) => {
    const tokenizer = textTokenizer(vocabularies[config]());
    return countIds((text) => tokenizer.encode(text, { addSpecialTokens: false }));
  },
};

const rust: Encoder = {
  name: "tokenizers (Rust)",
  load: async (config) => {
    const tokenizer = rustTokenizer(vocabularies[config]());
    const options = { addSpecialTokens: false };
    const encode: Encode = async (texts) => {
      const [only] = texts;
      if (texts.length === 1 && only !== undefined)
        return (await tokenizer.encode(only, null, options)).getIds().length;
      const batch = await tokenizer.encodeBatch([...texts], options);
      return batch.reduce((total, encoding) => total + encoding.getIds().length, 0);
    };
    return encode;
  },
};

const tiktokenNames: Partial<Record<Config, "cl100k_base" | "gpt2">> = {
  cl100k: "cl100k_base",
  gpt2: "gpt2",
};

const tiktoken: Encoder = {
  name: "tiktoken (WASM)",
  load: async (config) => {
    const name = tiktokenNames[config];
    if (name === undefined) return undefined;
    const { get_encoding } = await import("tiktoken");
    const encoding = get_encoding(name);
    return countIds((text) => encoding.encode_ordinary(text));
  },
};

const gptTokenizer: Encoder = {
  name: "gpt-tokenizer",
  load: async (config) => {
    if (config === "cl100k") {
      const { encode } = await import("gpt-tokenizer/encoding/cl100k_base");
      return countIds((text) => encode(text));
    }
    if (config !== "gpt2") return undefined;
    const { encode } = await import("gpt-tokenizer/encoding/r50k_base");
    return countIds((text) => encode(text));
  },
};

const huggingFaceJs: Encoder = {
  name: "@huggingface/tokenizers",
  load: async (config) => {
    const { Tokenizer } = await import("@huggingface/tokenizers");
    const json = JSON.parse(tokenizerToJson(vocabularies[config]())) as object;
    const tokenizer = new Tokenizer(json, {});
    return countIds((text) => tokenizer.encode(text, { add_special_tokens: false }).ids);
  },
};

/** All libraries, the one that the others are compared with second. */
export const encoders: readonly Encoder[] = [adjoint, rust, tiktoken, gptTokenizer, huggingFaceJs];

/** The one that `timesRust` refers to. */
export const reference: string = rust.name;
