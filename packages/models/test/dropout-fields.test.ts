import { tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import {
  decoder,
  type DecoderConfig,
  type Either,
  gpt2,
  llama,
  type PretrainedError,
  t5,
  vitConfigFromJson,
  vitConfigToJson,
} from "@adjoint/models";
import { describe, expect, it } from "vitest";
import { checkpoint } from "./support/checkpoint.ts";
import { must } from "./support/expect-case.ts";

type Model = readonly [
  read: (json: unknown) => Either<PretrainedError, { readonly dropout: number }>,
  write: (config: never) => object,
  /** Fields that say the rate, that of the model's sequence first. */
  fields: readonly string[],
  /** What transformers 5.18 has where a file says nothing: `GPT2Config()` and so on. */
  absent: number,
];

const models: Readonly<Record<string, Model>> = {
  gpt2: [gpt2.configFromJson, gpt2.configToJson, ["resid_pdrop", "embd_pdrop", "attn_pdrop"], 0.1],
  vit: [
    vitConfigFromJson,
    vitConfigToJson,
    ["hidden_dropout_prob", "attention_probs_dropout_prob"],
    0,
  ],
  t5: [t5.configFromJson, t5.configToJson, ["dropout_rate"], 0.1],
};

describe.each(Object.entries(models))("%s", (name, [read, write, fields, absent]) => {
  const rates = (values: readonly unknown[]): object => ({
    ...checkpoint(name).config,
    ...Object.fromEntries(fields.map((field, i) => [field, values[i]])),
  });

  it("has the rate of dropout that its file says, and writes it back", () => {
    const same = fields.map(() => 0.4);
    const config = must(read(rates(same)));
    expect(config.dropout).toBe(0.4);
    expect(write(config as never)).toMatchObject(
      Object.fromEntries(fields.map((field) => [field, 0.4])),
    );
    expect(must(read(write(config as never)))).toEqual(config);
    expect(must(read(rates([]))).dropout).toBe(absent);
  });

  it("loads files whose rates differ, with that of the sequence", () => {
    expect(must(read(rates([0.3, 0, 0.2]))).dropout).toBe(0.3);
    const [first] = fields;
    const wrong = read(rates([1]));
    expect(wrong._tag === "Left" && wrong.left.problems).toEqual([
      expect.stringMatching(`^${first}: `),
    ]);
  });
});

it("GPT-2 drops at its file's rate where there is a key, and not without", async () => {
  const { config: json } = checkpoint("gpt2");
  const of = (rate: number): DecoderConfig =>
    must(gpt2.configFromJson({ ...json, resid_pdrop: rate }));
  const params = decoder.init(key(0), of(0));
  const ids = tensor([[1, 2, 3]], { dtype: "int32" });
  const run = (rate: number, own?: ReturnType<typeof key>): Promise<unknown> =>
    decoder.apply(params, ids, of(rate), { key: own }).toArray();
  expect(await run(0.5)).toEqual(await run(0));
  expect(await run(0.5, key(1))).not.toEqual(await run(0));
  expect(await run(0, key(1))).toEqual(await run(0));
});

it("Llama's files, which have a rate for attention alone, load without dropout", () => {
  const json = { ...checkpoint("llama").config, attention_dropout: 0.2 };
  expect(must(llama.configFromJson(json)).dropout).toBe(0);
});
