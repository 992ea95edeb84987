import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeArrays } from "@adjoint/core/safetensors";
import {
  configText,
  decoder,
  type DecoderParams,
  type Either,
  llama,
  loadParams,
  openWeights,
  saveParams,
} from "@adjoint/models";
import { fileRanges, openFolder, saveFolder } from "@adjoint/models/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";

const must = <E, A>(either: Either<E, A>): A => {
  if (either._tag === "Left") throw either.left;
  return either.right;
};

const fixture = fileURLToPath(new URL("fixtures/llama", import.meta.url));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "adjoint-models-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a folder", () => {
  it("is opened, loaded, saved in shards, and opened again", async () => {
    const { config: json, weights } = must(await openFolder(fixture));
    const config = must(llama.configFromJson(json));
    const map = llama.weights(config);
    const params = must(await loadParams<DecoderParams>(map, weights));
    await saveFolder(folder, llama.configToJson(config), await saveParams(map, params), {
      maxShardBytes: 6000,
    });
    const files = await readdir(folder);
    expect(files).toContain("model.safetensors.index.json");
    expect(
      files.filter((name) => /^model-0000\d-of-0000\d\.safetensors$/.test(name)).length,
    ).toBeGreaterThan(2);
    expect(files.filter((name) => name.endsWith(".partial"))).toEqual([]);
    const again = must(await openFolder(folder));
    const own = must(llama.configFromJson(again.config));
    const loaded = must(await loadParams<DecoderParams>(llama.weights(own), again.weights));
    const { expected } = checkpoint("llama");
    const logits = decoder.apply(loaded, expected("ids").cast("int32"), own);
    expectNear(await logits.data(), await expected("logits").data(), "logits");
  });

  it("reads only what is asked for", async () => {
    let bytes = 0;
    const weights = must(
      await openWeights(async (name) => {
        const file = await fileRanges(join(fixture, name));
        if (file === undefined) return undefined;
        const read = (start: number, end: number): Promise<Uint8Array> => {
          bytes += end - start;
          return file.read(start, end);
        };
        return { ...file, read };
      }),
    );
    bytes = 0;
    await weights.read("model.norm.weight");
    expect(bytes).toBe(16 * 4);
  });
});

describe("the text of a configuration", () => {
  it("has a point in whole numbers that are floats elsewhere, and in no others", () => {
    const config = {
      vocab_size: 7,
      initializer_factor: 1,
      layer_norm_epsilon: 1e-6,
      hidden_dropout_prob: 0,
      final_logit_softcapping: 15,
      rope_parameters: { rope_theta: 10000, rope_type: "llama3", factor: 8 },
    };
    const text = configText(config);
    expect(JSON.parse(text)).toEqual(config);
    expect(text).toContain('"vocab_size": 7,');
    for (const field of ['"initializer_factor": 1.0,', '"rope_theta": 10000.0,', '"factor": 8.0\n'])
      expect(text).toContain(field);
    expect(text).toContain('"hidden_dropout_prob": 0.0,');
    expect(text).toContain('"final_logit_softcapping": 15.0,');
    expect(text).toContain('"layer_norm_epsilon": 0.000001,');
  });
});

describe("a folder that is no checkpoint", () => {
  const problems = async (path: string): Promise<readonly string[]> => {
    const opened = await openFolder(path);
    return opened._tag === "Left" ? opened.left.problems : [];
  };
  const make = async (files: Readonly<Record<string, string>>): Promise<string> => {
    const path = await mkdtemp(join(folder, "bad-"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    return path;
  };
  const index = (map: unknown): string => JSON.stringify({ weight_map: map });

  it.each([
    [{}, /^config\.json: ENOENT/],
    [{ "config.json": "{" }, /^config\.json: .*JSON/],
    [{ "config.json": "{}" }, /^model\.safetensors: not there, and no index either$/],
    [{ "config.json": "{}", "model.safetensors": "short" }, /^model\.safetensors: safetensors: /],
    [{ "config.json": "{}", "model.safetensors.index.json": "[]" }, /is not such JSON/],
    [
      { "config.json": "{}", "model.safetensors.index.json": index({ a: "gone.safetensors" }) },
      /^gone\.safetensors: not there$/,
    ],
    [
      { "config.json": "{}", "model.safetensors.index.json": index({ a: "../x" }) },
      /^\.\.\/x: not there$/,
    ],
    [
      { "config.json": "{}", "model.safetensors.index.json": index({}) },
      /^model\.safetensors\.index\.json: weight_map: has no names$/,
    ],
  ])("%o says what is wrong", async (files, pattern) => {
    const [first, ...rest] = await problems(await make(files));
    expect(first).toMatch(pattern);
    expect(rest).toEqual([]);
  });

  const shard = (...names: readonly string[]): Uint8Array =>
    encodeArrays(
      new Map(
        names.map((name, i) => [name, { shape: [1], dtype: "float32", data: Float32Array.of(i) }]),
      ),
      {},
    );

  it.each<
    readonly [string, Readonly<Record<string, readonly string[]>>, object, readonly string[]]
  >([
    [
      "two shards with one array",
      { a: ["x"], b: ["x", "y"] },
      { x: "a", y: "b" },
      ["x: in a and in b"],
    ],
    [
      "names in the wrong shard",
      { a: ["x"], b: ["y"] },
      { x: "b", y: "a" },
      ["x: not in b, but in a", "y: not in a, but in b"],
    ],
    [
      "all at once",
      { a: ["x", "z"], b: ["y", "z"] },
      { x: "b", y: "b", z: "b", w: "a" },
      ["z: in a and in b", "x: not in b, but in a", "w: missing"],
    ],
  ])("%s are listed", async (_, shards, map, wanted) => {
    const path = await make({ "config.json": "{}", "model.safetensors.index.json": index(map) });
    for (const [name, names] of Object.entries(shards))
      await writeFile(join(path, name), shard(...names));
    expect(await problems(path)).toEqual(wanted);
  });

  it("is one with arrays that the index does not name, which loading names", async () => {
    const path = await make({
      "config.json": "{}",
      "model.safetensors.index.json": index({ x: "a" }),
    });
    await writeFile(join(path, "a"), shard("x", "more"));
    expect([...must(await openFolder(path)).weights.tensors.keys()]).toEqual(["x", "more"]);
  });
});
