import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  argmax,
  grad,
  jit,
  makeIr,
  referenceBackend,
  setBackend,
  type Tensor,
  tensor,
} from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { key } from "@adjoint/core/random";
import * as tree from "@adjoint/core/tree";
import {
  decoder,
  type DecoderCache,
  type DecoderConfig,
  decoderConfig,
  type DecoderFamily,
  type DecoderParams,
  deepseek,
  loadParams,
  nanochat,
  qwen3,
  type StackedDecoderParams,
} from "@adjoint/models";
import { masks, parameterCount } from "@adjoint/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";

/** Windows that differ from layer to layer, two stacks with experts in one of them, and norms without parameters. */
const families: Readonly<Record<string, DecoderFamily>> = { qwen3, deepseek, nanochat };

type Loaded = { readonly config: DecoderConfig; readonly params: DecoderParams };

const load = async (name: string): Promise<Loaded> => {
  const { config: json, source } = checkpoint(name);
  const family = families[name]!;
  const config = family.configFromJson(json);
  if (config._tag === "Left") throw config.left;
  const params = await loadParams<DecoderParams>(family.weights(config.right), source);
  if (params._tag === "Left") throw params.left;
  return { config: config.right, params: params.right };
};

const numbers = async (of: unknown): Promise<readonly number[]> => {
  const all = await Promise.all(tree.leaves(of as readonly Tensor[]).map((x) => x.data()));
  return all.flatMap((data) => Array.from(data));
};

const ids = (name: string, own: string): Tensor => checkpoint(name).expected(own).cast("int32");

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

describe.each(Object.keys(backends))("stacked parameters on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it.each(Object.keys(families))("give the scores and gradients of %s", async (name) => {
    const { config, params } = await load(name);
    const x = ids(name, "ids");
    const stacked = decoder.stack(params, config);
    const scores = jit((p: StackedDecoderParams) => decoder.apply(p, x, config))(stacked);
    expectNear(await scores.data(), await checkpoint(name).expected("logits").data(), "logits");
    const slopes = jit(grad((p: StackedDecoderParams) => decoder.loss(p, x, x, config)))(stacked);
    const want = jit(grad((p: DecoderParams) => decoder.loss(p, x, x, config)))(params);
    expectNear(await numbers(decoder.unstack(slopes)), await numbers(want), "gradients");
  });

  it.each(Object.keys(families))("of %s continue as generate does", async (name) => {
    const { config, params } = await load(name);
    const want = (await ids(name, "generated").toArray()) as readonly (readonly number[])[];
    const run = jit((p: StackedDecoderParams, cache: DecoderCache, next: Tensor) =>
      decoder.applyCached(p, cache, next, config),
    );
    const stacked = decoder.stack(params, config);
    let cache = decoder.cache(config, { lead: [1], capacity: 16, stacked: true });
    const written = want[0]!.slice(0, 4);
    let next = written;
    while (written.length < want[0]!.length) {
      const [logits, longer] = run(stacked, cache, tensor([next], { dtype: "int32" }));
      cache = longer;
      const last = logits.slice([0, next.length - 1, 0], [1, next.length, config.vocabSize]);
      next = [Number(await argmax(last.flatten()).item())];
      written.push(...next);
    }
    expect(written).toEqual(want[0]);
  });
});

describe("a stacked decoder", () => {
  const sizes = { vocabSize: 11, contextLength: 8, nEmbd: 8, nHead: 2, dropout: 0.5 };
  const configOf = (nLayer: number): DecoderConfig =>
    decoderConfig({
      ...sizes,
      nLayer,
      windows: Array.from({ length: nLayer }, (_, i) => (i % 2 === 0 ? 2 : undefined)),
    });
  const x = tensor([[1, 2, 3, 4]], { dtype: "int32" });

  /** Equations of a program, those inside of scans too. */
  const equations = (layers: number): number => {
    const config = configOf(layers);
    const stacked = decoder.stack(decoder.init(key(0), config), config);
    const slopes = grad((p: StackedDecoderParams) =>
      decoder.loss(p, x, x, config, { key: key(1) }),
    );
    return makeIr(slopes)(stacked).toString().split("\n").length;
  };

  it("is traced to as many equations for any depth", () => {
    expect(equations(12)).toBe(equations(3));
  });

  it("drops what the layers by themselves drop", async () => {
    const config = configOf(4);
    const params = decoder.init(key(0), config);
    const options = { key: key(1) };
    const want = await decoder.apply(params, x, config, options).data();
    const got = await decoder.apply(decoder.stack(params, config), x, config, options).data();
    expectNear(got, want, "scores");
    expect(want).not.toEqual(await decoder.apply(params, x, config).data());
  });

  it("decays what the layers by themselves decay", () => {
    const config = { ...configOf(2), positions: { kind: "learned" } as const };
    const params = decoder.init(key(0), config);
    /** Elements that decay. */
    const decaying = (of: DecoderParams | StackedDecoderParams): number =>
      tree
        .leaves(tree.mapWithPath((at, x: Tensor) => (decoder.decays(x, at) ? x.size : 0), of))
        .reduce((sum, count) => sum + count, 0);
    expect(decaying(decoder.stack(params, config))).toBe(decaying(params));
    const norms = 5 * sizes.nEmbd;
    expect(decaying(params)).toBe(parameterCount(params) - norms);
  });

  it("refuses parameters of more or fewer layers", () => {
    const [one, two, three] = [configOf(1), configOf(2), configOf(3)];
    const params = decoder.init(key(0), two);
    expect(() => decoder.stack(params, one)).toThrow(/has no parameter params\.blocks\[1\]/);
    expect(() => decoder.stack(params, three)).toThrow(/got nothing at params\.blocks\[2\]/);
    const stacked = decoder.stack(params, two);
    for (const other of [one, three])
      expect(() => decoder.apply(stacked, x, other)).toThrow(
        /needs a tensor \[[13],8\] at params\.stacks\[0\]\.attentionNorm\.scale, got a tensor \[2,8\]/,
      );
  });

  it("refuses windows that see nothing", () => {
    const config = configOf(2);
    const stacked = decoder.stack(decoder.init(key(0), config), config);
    expect(() => decoder.apply(stacked, x, { ...config, windows: [-1, 2] })).toThrow(
      /windows\[0\] must be a whole number of at least 1, got -1/,
    );
  });

  it("refuses other stacks and caches than its own", () => {
    const config = configOf(2);
    const params = decoder.init(key(0), config);
    const stacked = decoder.stack(params, config);
    expect(() => decoder.apply({ ...stacked, stacks: [] }, x, config)).toThrow(
      /needs a tensor \[2,8\] at params\.stacks\[0\]\.attentionNorm\.scale, got nothing at params\.stacks\[0\]/,
    );
    const cache = decoder.cache(config, { lead: [1], capacity: 4 });
    expect(() => decoder.applyCached(stacked, cache, x, config)).toThrow(
      /needs a cache with 2 layers for stack 0, got \[\]; make it with decoder.cache/,
    );
  });
});

describe("the loss of a decoder", () => {
  it("takes a mask for what tokens see: packed documents lose what each loses alone", async () => {
    const config = decoderConfig({
      vocabSize: 11,
      contextLength: 8,
      nEmbd: 8,
      nLayer: 1,
      nHead: 2,
    });
    const params = decoder.init(key(0), config);
    const int = (rows: readonly (readonly number[])[]): Tensor => tensor(rows, { dtype: "int32" });
    const packed = await decoder
      .loss(params, int([[1, 2, 3, 7, 8, 9]]), int([[2, 3, 4, 8, 9, 10]]), config, {
        mask: masks.segments(int([[0, 0, 0, 1, 1, 1]])),
        positionIds: int([[0, 1, 2, 0, 1, 2]]),
      })
      .data();
    const rows = [
      int([
        [1, 2, 3],
        [7, 8, 9],
      ]),
      int([
        [2, 3, 4],
        [8, 9, 10],
      ]),
    ] as const;
    expectNear(packed, await decoder.loss(params, ...rows, config).data(), "loss");
  });
});
