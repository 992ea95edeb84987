import { readFileSync } from "node:fs";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { grad, jit, referenceBackend, setBackend, tensor } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { key } from "@adjoint/core/random";
import {
  bert,
  bertConfig,
  bertConfigFromJson,
  bertConfigToJson,
  distilbert,
  roberta,
} from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load, type Params } from "./support/bert-cases.ts";
import { checkpoint, expectNear } from "./support/checkpoint.ts";
import { must } from "./support/expect-case.ts";

type Row = {
  readonly ids: readonly (readonly number[])[];
  readonly word: readonly number[];
  readonly position: readonly number[];
};

const rows = JSON.parse(
  readFileSync(new URL("fixtures/padding.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Row>>;

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it.each(Object.keys(rows))(
    "%s has the gradients of transformers where vectors of padding count",
    async (name) => {
      const { config, params } = await load(name);
      const { ids: list, word, position } = rows[name]!;
      const ids = tensor(list, { dtype: "int32" });
      const valid = ids.notEqual(Number(checkpoint(name).config["pad_token_id"]));
      const loss = ({ encoder, maskedWord }: Params) => {
        const hidden = bert.apply(encoder, ids, config, { valid });
        return bert.maskedWord(maskedWord, encoder, hidden, config).sin().sum();
      };
      const { embeddings } = jit(grad(loss))(params).encoder;
      expectNear(await embeddings.word.table.data(), word, "words");
      expectNear(await embeddings.position.table.data(), position, "places");
    },
  );
});

describe("the padding of", () => {
  it.each([
    ["bert", bertConfigFromJson, bertConfigToJson],
    ["distilbert", distilbert.configFromJson, distilbert.configToJson],
  ] as const)("%s is read, and written back", (name, read, write) => {
    const { config: json } = checkpoint(name);
    const { pad_token_id: _, ...silent } = json;
    expect(must(read(silent)).paddingWord).toBe(0); // as `BertConfig()`
    for (const id of [0, 3, null]) {
      const config = must(read({ ...json, pad_token_id: id }));
      expect(config.paddingWord).toBe(id ?? undefined);
      expect(write(config)).toMatchObject({ pad_token_id: id });
      expect(must(read(write(config)))).toEqual(config);
    }
    const wrong = read({ ...json, pad_token_id: 2 ** 20 });
    expect(wrong._tag === "Left" && wrong.left.problems).toEqual([
      "pad_token_id: must be below vocab_size",
    ]);
  });

  it("RoBERTa is that of its places, which no file says apart", () => {
    const { config: json } = checkpoint("roberta");
    const config = must(roberta.configFromJson(json));
    expect(() => roberta.configToJson({ ...config, paddingWord: 3 })).toThrow(/paddingWord: 3/);
  });

  it("a model made from sizes is none, unless it is given", async () => {
    const sizes = { vocabSize: 5, contextLength: 4, nEmbd: 8, nLayer: 1, nHead: 2 };
    const ids = tensor([[0, 2]], { dtype: "int32" });
    for (const [padding, learns] of [
      [undefined, true],
      [2, true],
      [0, false],
    ] as const) {
      // prettier-ignore
      const config = bertConfig({ ...sizes, ...(padding === undefined ? {} : { paddingWord: padding }) }); // prettier-ignore
      const slopes = grad((p: ReturnType<typeof bert.init>) =>
        bert.apply(p, ids, config).sin().sum(),
      )(bert.init(key(0), config));
      const first = Array.from(await slopes.embeddings.word.table.slice([0, 0], [1, 8]).data());
      expect(first.some((x) => x !== 0)).toBe(learns);
    }
    expect(() => bertConfig({ ...sizes, paddingWord: 5 })).toThrow(/paddingWord must be below/);
  });
});
