import { ArgumentError, DTypeError, ones, ShapeError, tensor, TreeError } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import {
  type AnyDecoderParams,
  bert,
  bertConfig,
  decoder,
  type DecoderCache,
  decoderConfig,
  seq2seq,
  transformerConfig,
  vit,
  vitConfig,
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
    const [layer] = cache;
    expect(() => decoder.applyCached(params, [...cache, layer!], ids(1), config)).toThrow(
      /needs a cache for each of 2 layers, got 3; make it with decoder\.cache/,
    );
  });
  it("refuses caches of other stacks, and those of stacks for layers", () => {
    const one = decoderConfig({ ...sizes, nLayer: 1 });
    const layers = decoder.init(key(0), one);
    const stacked = decoder.cache(one, { lead: [1], capacity: 4, stacked: true });
    expect(stacked).toHaveLength(1);
    const run = (own: AnyDecoderParams, cache: DecoderCache) => () =>
      decoder.applyCached(own, cache, ids(1), one);
    expect(run(layers, stacked)).toThrow(ShapeError);
    expect(run(layers, stacked)).toThrow(/for each of 1 layers, got 1 of stacks; make it/);
    const all = decoder.stack(layers, one);
    expect(run(all, [])).toThrow(/needs a cache with 1 layers for stack 0, got none; make it with/);
    expect(run(all, [...stacked, ...stacked])).toThrow(/for each of 1 stacks, got 2; make it/);
    expect(run(all, stacked)()[0].shape).toEqual([1, 1, 7]);
  });
  it("refuses places that are no integers", () => {
    const positionIds = tensor([0.5, 1]);
    const cache = decoder.cache(config, { lead: [1], capacity: 4 });
    const runs = [
      () => decoder.apply(params, ids(2), config, { positionIds }),
      () => decoder.applyCached(params, cache, ids(2), config, { positionIds }),
    ];
    for (const run of runs) {
      expect(run).toThrow(DTypeError);
      expect(run).toThrow(/^decoder: takes positionIds that are integers, got float32; cast them/);
    }
  });
  it("refuses a cache of more tokens than there are learned positions", () => {
    const learned = decoderConfig({ ...sizes, positions: { kind: "learned" } });
    expect(decoder.cache(learned, { capacity: 4 })).toHaveLength(2);
    for (const stacked of [false, true])
      expect(() => decoder.cache(learned, { capacity: 5, stacked })).toThrow(
        /^decoder\.cache: takes a capacity of at most the context length 4, as positions are learned, got 5/,
      );
    expect(decoder.cache(config, { capacity: 5 })).toHaveLength(2); // rotations have no end
  });
  it("refuses ids outside its vocabulary when asked to", async () => {
    const of = (...rows: readonly (readonly number[])[]) => tensor(rows, { dtype: "int32" });
    await decoder.check(of([0, 6]), config);
    await expect(decoder.check(of([0, 6], [7, 9]), config)).rejects.toThrow(ArgumentError);
    await expect(decoder.check(of([0, 6], [7, 9]), config)).rejects.toThrow(
      /takes ids from 0 to 6, .*, got 7 at \[1,0\]; take the tokenizer/,
    );
    await expect(decoder.check(of([0, -1]), config)).rejects.toThrow(/got -1 at \[0,1\]/);
    // what the documentation says of those that are not checked
    const scores = await decoder.apply(params, of([0, 9]), config).data();
    expect(scores).toEqual(await decoder.apply(params, of([0, 6]), config).data());
  });
  it.each([
    [{ nLayer: 0 }, "nLayer must be a whole number of at least 1, got 0"],
    [{ nHead: 3 }, "headDim must be a whole number"],
    [{ nKvHead: 3 }, "nKvHead must divide nHead"],
    [{ windows: [2] }, "windows must have one entry a layer, 2, got a list of 1"],
    [{ windows: [2, 0] }, "windows[1] must be a whole number of at least 1, got 0"],
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

it("BERT and an encoder-decoder refuse ids outside their vocabulary as a decoder does", async () => {
  const bad = tensor([[1, 7]], { dtype: "int32" });
  const message = /takes ids from 0 to 6, the tokens of its vocabulary, got 7 at \[0,1\]/;
  await bert.check(ids(3), bertConfig(sizes));
  await expect(bert.check(bad, bertConfig(sizes))).rejects.toThrow(message);
  const own = transformerConfig({ vocabSize: 7, nEmbd: 8, nLayer: 2, nHead: 2 });
  await seq2seq.check(ids(3), own);
  await expect(seq2seq.check(bad, own)).rejects.toThrow(message);
});

const image = { imageSize: 4, patchSize: 2, nEmbd: 8, nLayer: 2, nHead: 2 };

/** Putting layers together and taking them apart, of each model. */
const stacks = {
  decoder: { ...decoder, config },
  bert: { ...bert, config: bertConfig(sizes) },
  vit: { ...vit, config: vitConfig(image) },
  seq2seq: { ...seq2seq, config: transformerConfig(sizes) },
} as unknown as Readonly<
  Record<
    string,
    {
      readonly config: unknown;
      readonly init: (own: unknown, of: unknown) => unknown;
      readonly stack: (params: unknown, of: unknown) => unknown;
      readonly unstack: (params: unknown) => unknown;
    }
  >
>;

it.each(Object.entries(stacks))(
  "%s puts layers together and takes them apart once",
  (name, { config: own, init, stack, unstack }) => {
    const layers = init(key(0), own);
    const stacked = stack(layers, own);
    for (const run of [() => stack(stacked, own), () => unstack(layers)])
      expect(run).toThrow(TreeError);
    expect(() => stack(stacked, own)).toThrow(
      `${name}.stack: takes layers one by one, got stacked parameters; take the parameters as they`,
    );
    expect(() => unstack(layers)).toThrow(
      `${name}.unstack: takes stacked parameters, got layers one by one; take the parameters as`,
    );
    expect(unstack(stacked)).toEqual(layers);
  },
);
