import { ArgumentError, concatenate, ShapeError, tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { decoder, nanochatOwn } from "@adjoint/models";
import { describe, expect, it } from "vitest";
import { expectNear } from "./support/checkpoint.ts";
import { load } from "./support/decoder-cases.ts";
import { must } from "./support/expect-case.ts";

const sizes = {
  sequence_len: 2048,
  vocab_size: 65,
  n_layer: 6,
  n_head: 4,
  n_kv_head: 2,
  n_embd: 32,
};
const ids = tensor([[3, 1, 4, 1, 5, 9, 2, 6]], { dtype: "int32" });

describe("nanochat's own model", () => {
  it("has the windows of its pattern, and a last layer that sees all", () => {
    // gpt.py: ceil(2048 / 4 / 128) * 128 tokens before the one that looks
    const read = (more: object) => must(nanochatOwn.configFromJson({ ...sizes, ...more })).windows;
    const [all, short] = [undefined, 513];
    expect(read({ window_pattern: "SSSL" })).toEqual([short, short, short, all, short, all]);
    expect(read({ window_pattern: "sl", sequence_len: 513 })).toEqual([
      257,
      all,
      257,
      all,
      257,
      all,
    ]);
    expect(read({})).toEqual(Array(6).fill(all));
    const bad = nanochatOwn.configFromJson({ ...sizes, window_pattern: "SM", n_embd: 16 });
    expect(bad._tag === "Left" && bad.left.problems).toEqual([
      'window_pattern: must be made of "S" and "L"',
      "n_embd: must be at least 24, which the gates read",
    ]);
  });

  it("pads its tables and gives no scores for what is no token", () => {
    const config = must(nanochatOwn.configFromJson(sizes));
    const params = decoder.init(key(0), config);
    expect([params.wte.table.shape, params.head?.kernel.shape]).toEqual([
      [128, 32],
      [32, 128],
    ]);
    expect(params.shortcuts?.values?.map(({ table }) => table.table.shape)).toEqual(Array(3).fill([128, 16])); // prettier-ignore
    expect(decoder.apply(params, ids, config).shape).toEqual([1, 8, 65]);
  });

  it("begins as nanochat's code does", async () => {
    const config = must(nanochatOwn.configFromJson(sizes));
    const { residual, first, backout, smear } = decoder.init(key(0), config).shortcuts!;
    expectNear(await residual!.data(), [1.15, 1.13, 1.11, 1.09, 1.07, 1.05], "resid_lambdas", 1e-6);
    expectNear(await first!.data(), [0.2, 0.17, 0.14, 0.11, 0.08, 0.05], "x0_lambdas", 1e-6);
    expectNear([...(await backout!.data()), ...(await smear!.scale.data())], [0.2, 0], "others", 1e-6); // prettier-ignore
  });

  it("gives the same scores in one call and in pieces of any length", async () => {
    const { config, params } = await load("nanochat-own");
    const whole = decoder.apply(params, ids, config);
    let cache = decoder.cache(config, { lead: [1], capacity: 8 });
    const pieces = [
      [0, 3],
      [3, 4],
      [4, 8],
    ].map(([from = 0, to = 0]) => {
      const [scores, longer] = decoder.applyCached(
        params,
        cache,
        ids.slice([0, from], [1, to]),
        config,
      );
      cache = longer;
      return scores;
    });
    expectNear(await concatenate(pieces, 1).data(), await whole.data(), "scores");
  });

  it("refuses stacks, and caches that do not know the last token", async () => {
    const { config, params } = await load("nanochat-own");
    expect(() => decoder.stack(params, config)).toThrow(ArgumentError);
    expect(() => decoder.stack(params, config)).toThrow(/layers without shortcuts/);
    const { blocks: _, ...rest } = params;
    expect(() => decoder.apply({ ...rest, stacks: [] }, ids, config)).toThrow(/layers with shortcuts one by one/); // prettier-ignore
    const [first, ...others] = decoder.cache(config, { lead: [1], capacity: 8 });
    const { previous: _last, ...blank } = first!;
    expect(() => decoder.applyCached(params, [blank, ...others], ids, config)).toThrow(
      /needs a cache with the last token for a model that smears/,
    );
    expect(() => decoder.apply({ ...params, shortcuts: {} }, ids, config)).toThrow(
      /at params\.shortcuts\.residual/,
    );
    const { shortcuts, ...plain } = params;
    const wide = { ...shortcuts, backout: tensor([1, 2]) };
    expect(() => decoder.apply({ ...plain, shortcuts: wide }, ids, config)).toThrow(ShapeError);
  });
});
