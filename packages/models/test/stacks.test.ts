import { createOnnxBackend } from "@adjoint/backend-onnx";
import { argmax, grad, jit, makeIr, referenceBackend, setBackend, ShapeError, type Tensor, tensor } from "@adjoint/core"; // prettier-ignore
import { key } from "@adjoint/core/random";
import * as tree from "@adjoint/core/tree";
import { type AnyBertParams, type AnyClipParams, type AnySeq2SeqParams, type AnyVitParams, bert, bertConfig, clip, clipConfig, seq2seq, transformerConfig, vit, vitConfig } from "@adjoint/models"; // prettier-ignore
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";
import { int, load } from "./support/seq2seq-cases.ts";

const sizes = { vocabSize: 11, contextLength: 8, nEmbd: 8, nHead: 2 };
const image = { imageSize: 4, patchSize: 2, nEmbd: 8, nHead: 2, channels: 1 };
const ids = tensor([[1, 2, 3, 10]], { dtype: "int32" });
const images = tensor([[[[1, 2, 3, 4], [0, 1, 0, -1], [2, 2, 0, 0], [1, -1, 1, -1]]]]); // prettier-ignore

/** A model of some layers, by themselves and stacked, a loss, and how stacked ones come apart again. */
type Model<P> = {
  readonly params: P;
  readonly stacked: P;
  readonly unstack: (stacked: P) => P;
  readonly loss: (params: P) => Tensor;
};

const bertOf = (nLayer: number): Model<AnyBertParams> => {
  const config = bertConfig({ ...sizes, nLayer, dropout: 0.5 });
  const params = bert.init(key(0), config);
  return {
    params,
    stacked: bert.stack(params, config),
    unstack: (own) => bert.unstack(own as never),
    loss: (own) =>
      bert
        .apply(own, ids, config, { key: key(1) })
        .mul(2)
        .sin()
        .sum(),
  };
};

const vitOf = (nLayer: number): Model<AnyVitParams> => {
  const config = vitConfig({ ...image, nLayer, dropout: 0.5 });
  const params = vit.init(key(0), config);
  return {
    params,
    stacked: vit.stack(params, config),
    unstack: (own) => vit.unstack(own as never),
    loss: (own) => vit.apply(own, images, config, key(1)).mul(2).sin().sum(),
  };
};

const clipOf = (nLayer: number): Model<AnyClipParams> => {
  const config = clipConfig({
    text: { ...sizes, nLayer },
    vision: { ...image, nLayer },
    projection: 4,
    endId: 10,
  });
  const params = clip.init(key(0), config);
  return {
    params,
    stacked: clip.stack(params, config),
    unstack: (own) => clip.unstack(own as never),
    loss: (own) => clip.apply(own, ids, images, config).sin().sum(),
  };
};

const transformerOf = (nLayer: number): Model<AnySeq2SeqParams> => {
  const config = transformerConfig({ ...sizes, nLayer, encoderLayers: nLayer + 1, dropout: 0.5 });
  const params = seq2seq.init(key(0), config);
  return {
    params,
    stacked: seq2seq.stack(params, config),
    unstack: (own) => seq2seq.unstack(own as never),
    loss: (own) => seq2seq.loss(own, ids, ids, ids, config, { key: key(1) }),
  };
};

const models = {
  bert: bertOf,
  vit: vitOf,
  clip: clipOf,
  transformer: transformerOf,
} as unknown as Readonly<Record<string, (nLayer: number) => Model<readonly Tensor[]>>>;

const numbers = async (of: readonly Tensor[]): Promise<readonly number[]> =>
  (await Promise.all(tree.leaves(of).map((x) => x.data()))).flatMap((data) => Array.from(data));

describe.each(Object.entries(models))("%s with its layers stacked", (_, of) => {
  it("loses, drops and learns what it does layer by layer", async () => {
    const { params, stacked, unstack, loss } = of(3);
    expectNear(await loss(stacked).data(), await loss(params).data(), "loss");
    const got = await numbers(unstack(grad(loss)(stacked) as never));
    expectNear(got, await numbers(grad(loss)(params) as never), "gradients");
    expect(await numbers(unstack(stacked))).toEqual(await numbers(params));
  });

  it("is traced to as many equations for any depth", () => {
    const equations = (layers: number): number => {
      const { stacked, loss } = of(layers);
      return makeIr(grad(loss))(stacked).toString().split("\n").length;
    };
    expect(equations(9)).toBe(equations(2));
  });
});

it("stacked layers of a tower are run as far as they are looked at", async () => {
  const config = vitConfig({ ...image, nLayer: 4, dropout: 0.5 });
  const params = vit.init(key(0), config);
  const of = (own: AnyVitParams, counts: readonly number[]) => vit.hiddenAfter(own, images, config, counts, key(1)); // prettier-ignore
  const counts = [2, 0, 3, 4];
  const want = of(params, counts);
  for (const [i, state] of of(vit.stack(params, config), counts).entries())
    expectNear(await state.data(), await want[i]!.data(), `state ${counts[i]}`);
  // those of the last layer are those without a count
  expectNear(
    await want[3]!.data(),
    await vit.hidden(params, images, config, key(1)).data(),
    "last",
  );
  const [second] = of(vit.stack(params, config), [2]);
  expectNear(await second!.data(), await want[0]!.data(), "as many as needed");
  expect(() => of(params, [5])).toThrow(/counts must be whole numbers from 0 to 4, got 5/);
  expect(() => of(vit.stack(params, config), [1.5])).toThrow(/got 1\.5/);
});

describe("stacked T5 on the onnx backend", () => {
  beforeAll(async () => setBackend(await createOnnxBackend()));
  afterAll(() => setBackend(referenceBackend));

  it("gives transformers' scores and writes what generate does, from a cache", async () => {
    const { expected } = checkpoint("t5-gated");
    const { config, params } = await load("t5-gated");
    const stacked = seq2seq.stack(params, config);
    const want = (await int(expected("generated")).toArray()) as readonly (readonly number[])[];
    const options = { sourceValid: expected("mask").cast("bool") };
    const memory = seq2seq.encode(stacked, int(expected("source")), config, options);
    const next = jit(
      (own: typeof stacked, cache: ReturnType<typeof seq2seq.cache>, tokens: Tensor) =>
        seq2seq.decodeCached(own, memory, cache, tokens, config),
    );
    let cache = seq2seq.cache(config, { lead: [2], capacity: 11, stacked: true });
    let tokens = [0, 0];
    const rows: number[][] = [[0], [0]];
    while (rows[0]!.length < want[0]!.length) {
      const [scores, longer] = next(stacked, cache, tensor(tokens.map((t) => [t]), { dtype: "int32" })); // prettier-ignore
      cache = longer;
      tokens = Array.from(await argmax(scores.squeeze(1), -1).data());
      tokens.forEach((token, row) => rows[row]!.push(token));
    }
    expect(rows).toEqual(want);

    // a memory of layers by themselves is no memory of a stack
    const other = seq2seq.encode(params, int(expected("source")), config, options);
    const target = tensor([[0], [0]], { dtype: "int32" });
    expect(() => seq2seq.decode(stacked, other, target, config)).toThrow(ShapeError);
    expect(() => seq2seq.decode(stacked, other, target, config)).toThrow(/needs heads of rank 5/);
    const { vectors, valid } = other;
    const scores = seq2seq.decode(stacked, { vectors, valid }, target, config);
    const plain = seq2seq.decode(params, other, target, config);
    expectNear(await scores.data(), await plain.data(), "scores");
    expect(() => seq2seq.decodeCached(stacked, memory, [], target, config)).toThrow(
      /needs a cache with 2 layers for stack 0, got none; make it with seq2seq\.cache/,
    );
  });
});
