import { ArgumentError } from "@adjoint/core";
import type { HostArray } from "@adjoint/core/backend";
import {
  decoder,
  decoderConfig,
  type DecoderParams,
  gpt2,
  joinSources,
  llama,
  loadParams,
  PretrainedError,
  saveParams,
} from "@adjoint/models";
import { key } from "@adjoint/core/random";
import { describe, expect, it } from "vitest";
import { checkpoint, sourceOf } from "./support/checkpoint.ts";

const { config: json, arrays, source } = checkpoint("llama");
const read = llama.configFromJson(json);
if (read._tag === "Left") throw read.left;
const config = read.right;
const map = llama.weights(config);

const problemsWith = async (
  changed: ReadonlyMap<string, HostArray>,
): Promise<readonly string[]> => {
  const result = await loadParams(map, sourceOf(changed));
  if (result._tag === "Right") return [];
  expect(result.left).toBeInstanceOf(PretrainedError);
  return result.left.problems;
};

const down = "model.layers.1.mlp.down_proj.weight";

describe("a checkpoint that is not the model's", () => {
  it("is refused with everything that is missing, unknown or of another shape", async () => {
    const changed = new Map(arrays);
    changed.delete(down);
    changed.delete("model.norm.weight");
    changed.set("extra", arrays.get("lm_head.weight")!);
    changed.set(
      "model.layers.0.self_attn.k_proj.weight",
      arrays.get("model.layers.0.self_attn.q_proj.weight")!,
    );
    expect(await problemsWith(changed)).toEqual([
      `${down}: missing`,
      "model.norm.weight: missing",
      "model.layers.0.self_attn.k_proj.weight: [16,16], needs [8,16] for blocks.0.attention.k.kernel",
      "extra: unknown to the model",
    ]);
  });

  it("reads nothing before it knows", async () => {
    const changed = new Map(arrays);
    changed.delete(down);
    let reads = 0;
    const counting = { ...sourceOf(changed), read: async () => (reads++, arrays.get(down)!) };
    expect((await loadParams(map, counting))._tag).toBe("Left");
    expect(reads).toBe(0);
  });

  it("is refused for NaN, by the name of the parameter", async () => {
    const array = arrays.get(down)!;
    const data = array.data.slice();
    data[5] = Number.NaN;
    expect(await problemsWith(new Map(arrays).set(down, { ...array, data }))).toEqual([
      `blocks.1.mlp.down.kernel (${down}): NaN at element ${5 * 16}`,
    ]);
  });

  it("is refused for infinities, stored ones and those that a narrow type makes", async () => {
    const array = arrays.get(down)!;
    const large = (value: number) => {
      const data = array.data.slice();
      data[5] = value;
      return new Map(arrays).set(down, { ...array, data });
    };
    expect(await problemsWith(large(Number.NEGATIVE_INFINITY))).toEqual([
      `blocks.1.mlp.down.kernel (${down}): -Infinity at element ${5 * 16}`,
    ]);
    expect((await loadParams(map, sourceOf(large(1e6))))._tag).toBe("Right");
    const narrow = await loadParams(map, sourceOf(large(1e6)), { dtype: "float16" });
    expect(narrow._tag === "Left" && narrow.left.problems[0]).toMatch(/: Infinity at element 80$/);
  });

  it("is refused for an array that is wider than its parts together", async () => {
    const own = decoderConfig({
      ...{ vocabSize: 7, contextLength: 8, nEmbd: 4, nLayer: 1, nHead: 2 },
      positions: { kind: "learned" },
      norm: { kind: "layer" },
      attention: { useBias: true, outputBias: true },
      mlp: { gated: false, useBias: true },
      tiedHead: true,
    });
    const rules = gpt2.weights(own);
    const stored = new Map(await saveParams(rules, decoder.init(key(1), own)));
    const name = "transformer.h.0.attn.c_attn.weight";
    stored.set(name, { shape: [4, 20], dtype: "float32", data: new Float32Array(80) });
    const result = await loadParams(rules, sourceOf(stored));
    expect(result._tag === "Left" && result.left.problems).toEqual(
      ["q", "k", "v"].map(
        (part) => `${name}: [4,20], needs [4,12] for blocks.0.attention.${part}.kernel`,
      ),
    );
  });

  it("lists ten problems in its message and all in `problems`", async () => {
    const result = await loadParams(map, sourceOf(new Map()));
    if (result._tag === "Right") throw new Error("loaded from nothing");
    expect(result.left.problems.length).toBe(new Set(map.rules.map((rule) => rule.name)).size);
    expect(result.left.message).toMatch(
      /and 11 more; check that config.json belongs to these weights/,
    );
  });
});

describe("loading", () => {
  it("ignores buffers and tells its progress", async () => {
    const buffer = { shape: [2], dtype: "float32", data: new Float32Array(2) } as const;
    const changed = new Map<string, HostArray>([...arrays, ["model.rotary_emb.inv_freq", buffer]]);
    const seen: number[] = [];
    const onProgress = (done: number): void => void seen.push(done);
    const result = await loadParams(map, sourceOf(changed), { onProgress });
    expect(result._tag).toBe("Right");
    expect(seen).toEqual(Array.from({ length: map.rules.length }, (_, i) => i + 1));
  });

  it("takes the body of a model by itself, without the prefix of the whole", async () => {
    const { config: other, arrays: whole } = checkpoint("gpt2");
    const parsed = gpt2.configFromJson(other);
    if (parsed._tag === "Left") throw parsed.left;
    const body = new Map([...whole].map(([name, a]) => [name.replace(/^transformer\./, ""), a]));
    expect((await loadParams(gpt2.weights(parsed.right), sourceOf(body)))._tag).toBe("Right");
  });

  it("takes several files as one", async () => {
    const half = [...arrays].length / 2;
    const parts = [arrays, arrays].map((all, i) =>
      sourceOf(new Map([...all].filter((_, n) => n < half === (i === 0)))),
    );
    expect((await loadParams(map, joinSources(parts)))._tag).toBe("Right");
    await expect(joinSources(parts).read("none")).rejects.toThrow(RangeError);
  });

  it("makes parameters of the type that is asked for", async () => {
    const result = await loadParams<DecoderParams>(map, source, { dtype: "bfloat16" });
    expect(result._tag === "Right" && result.right.wte.table.dtype).toBe("bfloat16");
  });

  it("keeps what `init` makes", async () => {
    const own = decoderConfig({ vocabSize: 7, contextLength: 8, nEmbd: 8, nLayer: 1, nHead: 2 });
    const stored = await saveParams(llama.weights(own), decoder.init(key(1), own));
    expect((await loadParams(llama.weights(own), sourceOf(stored)))._tag).toBe("Right");
  });
});

describe("saving", () => {
  it("refuses parameters of another configuration", async () => {
    const other = { ...config, mlp: { ...config.mlp, hidden: 32 } };
    const params = decoder.init(key(1), other);
    await expect(saveParams(map, params)).rejects.toThrow(
      /blocks.0.mlp.gate.kernel must be a tensor \[16,24\], got \[16,32\]/,
    );
    await expect(saveParams(map, null)).rejects.toThrow(ArgumentError);
  });
});

describe("a config.json that is wrong", () => {
  const problems = (change: Readonly<Record<string, unknown>>): readonly string[] => {
    const result = llama.configFromJson({ ...json, ...change });
    return result._tag === "Left" ? result.left.problems : [];
  };

  it.each([
    [{ vocab_size: -1, hidden_size: "16" }, [/^vocab_size: /, /^hidden_size: /]],
    [{ hidden_act: "gelu" }, [/^hidden_act: only "silu" can be loaded/]],
    [{ rope_parameters: { rope_type: "longrope" } }, [/^rope_parameters\.rope_type: /]],
    [{ rms_norm_eps: null }, [/^rms_norm_eps: /]],
  ])("%o names its fields", (change, wanted) => {
    const found = problems(change);
    expect(found.length).toBe(wanted.length);
    wanted.forEach((pattern, i) => expect(found[i]).toMatch(pattern));
  });

  it("may be anything", () => {
    for (const value of [null, 7, "llama", [], { __proto__: null }, { constructor: 1 }])
      expect(llama.configFromJson(value)._tag).toBe("Left");
  });

  it("of GPT-2 refuses what is computed otherwise", () => {
    const { config: own } = checkpoint("gpt2");
    const result = gpt2.configFromJson({ ...own, scale_attn_by_inverse_layer_idx: true });
    expect(result._tag === "Left" && result.left.problems).toEqual([
      "scale_attn_by_inverse_layer_idx: only false can be loaded",
    ]);
  });
});
