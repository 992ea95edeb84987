import { ArgumentError, ones, ShapeError, tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import {
  bert,
  bertConfig,
  decoder,
  decoderConfig,
  seq2seq,
  transformerConfig,
} from "@adjoint/models";
import { describe, expect, it } from "vitest";

const sizes = { vocabSize: 7, contextLength: 4, nEmbd: 8, nLayer: 2, nHead: 2 };
const config = decoderConfig(sizes);
const params = decoder.init(key(0), config);
const ids = (count: number) => tensor([Array.from({ length: count }, () => 1)], { dtype: "int32" });

describe("a decoder", () => {
  it("refuses sequences beyond its context", () => {
    expect(() => decoder.apply(params, ids(5), config)).toThrow(ShapeError);
    expect(() => decoder.apply(params, ids(5), config)).toThrow(
      /at most the context length 4, got \[1,5\]; crop the ids/,
    );
  });
  it("refuses caches of other layers", () => {
    const cache = decoder.cache(config, { lead: [1], capacity: 4 });
    expect(() => decoder.applyCached(params, cache.slice(1), ids(1), config)).toThrow(
      /needs a cache for each of 2 layers, got 1; make it with decoder\.cache/,
    );
  });
  it.each([
    [{ nLayer: 0 }, "nLayer must be a whole number of at least 1, got 0"],
    [{ nHead: 3 }, "headDim must be a whole number"],
    [{ nKvHead: 3 }, "nKvHead must divide nHead"],
    [{ windows: [2] }, "windows needs one entry a layer, 2, got 1"],
  ])("refuses the sizes %o", (change, message) => {
    expect(() => decoderConfig({ ...sizes, ...change })).toThrow(ArgumentError);
    expect(() => decoderConfig({ ...sizes, ...change })).toThrow(message);
  });
});

it("an encoder-decoder refuses caches of other layers", () => {
  const own = transformerConfig({ vocabSize: 7, nEmbd: 8, nLayer: 2, nHead: 2 });
  const all = seq2seq.init(key(0), own);
  const memory = { vectors: ones([1, 3, 8]) };
  expect(() => seq2seq.decodeCached(all, memory, [], ids(1), own)).toThrow(
    /needs a cache for each of 2 layers, got 0; make it with seq2seq\.cache/,
  );
});

it("BERT refuses sequences beyond its context", () => {
  const own = bertConfig(sizes);
  expect(() => bert.apply(bert.init(key(0), own), ids(5), own)).toThrow(
    /at most the context length 4, got \[1,5\]/,
  );
});
