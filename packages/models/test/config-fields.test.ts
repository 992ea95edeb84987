import { ArgumentError, makeIr } from "@adjoint/core";
import {
  bertConfig,
  bertConfigFromJson,
  clipConfig,
  clipConfigFromJson,
  decoderConfig,
  deepseek,
  type Either,
  gpt2,
  llama,
  llava,
  mistral,
  mixtral,
  nanochat,
  nanochatOwn,
  PretrainedError,
  qwen3,
  resnetConfig,
  resnetConfigFromJson,
  t5,
  transformerConfig,
  vitConfig,
  vitConfigFromJson,
  vlmConfig,
} from "@adjoint/models";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkpoint } from "./support/checkpoint.ts";
import { runs, type TinyModel, tinyModels } from "./support/tiny-models.ts";

type Path = readonly (string | number)[];

// hundreds of errors are thrown: their stacks would take most of the time
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

/** What no size, and few other fields, can be. */
const bad: readonly unknown[] = [0, -1, 1.5, Number.NaN, "x", 2 ** 40, 1e300, {}];

/** Paths of all parts of plain data, lists and records among them. */
const allPaths = (value: unknown, path: Path): readonly Path[] => {
  const own = path.length === 0 ? [] : [path];
  if (typeof value !== "object" || value === null) return own;
  return [
    ...own,
    ...Object.entries(value).flatMap(([name, part]) =>
      allPaths(part, [...path, Array.isArray(value) ? Number(name) : name]),
    ),
  ];
};

/** Those within one field, where it is named. */
const pathsOf = (value: unknown, field?: string): readonly Path[] =>
  allPaths(value, []).filter(([first]) => field === undefined || first === field);

/** The same data with another part at a path. */
const withPart = (value: unknown, [name, ...rest]: Path, part: unknown): unknown => {
  if (name === undefined) return part;
  const inner = withPart(Reflect.get(value as object, name), rest, part);
  return Array.isArray(value)
    ? value.with(Number(name), inner)
    : { ...(value as object), [name]: inner };
};

/** Makes and runs a model without computing anything. */
const trace = (model: (config: never) => TinyModel, config: unknown): unknown => {
  const { init, run } = model(config as never);
  return makeIr(() => run(init(config as never) as never, config as never))();
};

const sizes = { vocabSize: 6, contextLength: 4, nEmbd: 8, nLayer: 2, nHead: 2, hidden: 8 };
const image = { imageSize: 4, patchSize: 2, nEmbd: 8, nLayer: 2, nHead: 2, channels: 1, hidden: 8 };
const rope = { kind: "rope", layout: "half", base: 100 } as const;
const learned = { vocabSize: 6, contextLength: 4, nEmbd: 8, nLayer: 2, nHead: 2 };
const scalings = [
  { kind: "linear", factor: 2 },
  { kind: "ntk", factor: 2 },
  { kind: "dynamic", factor: 2, originalLength: 2 },
  {
    kind: "yarn",
    factor: 2,
    originalLength: 2,
    betaFast: 8,
    betaSlow: 1,
    attentionFactor: 1,
    mscale: 1,
    mscaleAllDim: 1,
    truncate: true,
  },
  { kind: "llama3", factor: 2, originalLength: 2, lowFreqFactor: 1, highFreqFactor: 4 },
] as const;

type Constructor = readonly [
  make: (settings: never) => unknown,
  settings: object,
  model: (config: never) => TinyModel,
  /** Which part is changed; all when absent. */
  part?: string,
];

const { decoder, experts, shortcuts } = tinyModels;

const constructors = {
  decoderConfig: [decoderConfig, decoder.config, runs.decoder],
  "decoderConfig with experts": [decoderConfig, experts.config, runs.decoder],
  "decoderConfig with shortcuts": [decoderConfig, shortcuts.config, runs.decoder, "shortcuts"],
  ...Object.fromEntries(
    scalings.map((scaling) => [
      `decoderConfig with ${scaling.kind}`,
      [decoderConfig, { ...learned, positions: { ...rope, scaling } }, runs.decoder, "positions"],
    ]),
  ),
  bertConfig: [
    bertConfig,
    { ...sizes, typeCount: 2, dropout: 0.1, eps: 1e-5, initStd: 0.1 },
    runs.bert,
  ],
  transformerConfig: [
    transformerConfig,
    { ...sizes, encoderLayers: 2, dropout: 0.1, finalNorm: true, tiedHead: true, initStd: 0.1 },
    runs.seq2seq,
  ],
  vitConfig: [
    vitConfig,
    {
      ...image,
      activation: "gelu",
      dropout: 0.1,
      eps: 1e-5,
      initStd: 0.1,
      patchBias: true,
      firstNorm: true,
      classToken: true,
    },
    runs.vit,
  ],
  clipConfig: [
    clipConfig,
    { text: sizes, vision: image, projection: 4, endId: 5, activation: "gelu", eps: 1e-5 },
    runs.clip,
  ],
  vlmConfig: [
    vlmConfig,
    { ...tinyModels.vlm.config, projector: { activation: "gelu", useBias: true } },
    runs.vlm,
  ],
  resnetConfig: [resnetConfig, tinyModels.resnet.config, runs.resnet],
} as unknown as Readonly<Record<string, Constructor>>;

/** Names that constructors have for fields of the configuration. */
const aliases: Readonly<Record<string, string>> = { hidden: "mlp", eps: "norm" };

it.each(Object.entries(constructors))(
  "%s refuses what a field cannot be, and makes models that run of all else",
  (_name, [make, settings, model, part]) => {
    trace(model, make(settings as never));
    for (const path of pathsOf(settings, part))
      for (const value of bad) {
        const own = withPart(settings, path, value);
        const what = `${path.join(".")} ${JSON.stringify(value)}`;
        let config: unknown;
        try {
          config = make(own as never);
        } catch (error) {
          if (!(error instanceof ArgumentError)) throw new Error(what, { cause: error });
          const field = String(path.findLast((part) => typeof part === "string"));
          const isNamed = [field, aliases[field] ?? field].some((name) =>
            error.rule.includes(name),
          );
          if (!isNamed && !(error.got ?? "").includes(field))
            expect.fail(`${what}: ${error.message}`);
          continue;
        }
        try {
          trace(model, config);
        } catch (error) {
          throw new Error(`${what} is taken, and fails later`, { cause: error });
        }
      }
  },
);

type Read = (json: unknown) => Either<PretrainedError, unknown>;
type File = readonly [read: Read, json: object, model: (config: never) => TinyModel, part?: string];

const decoders = { gpt2, llama, llama3: llama, "llama-yarn": llama, "llama-dynamic": llama, mistral, mixtral, deepseek, qwen3, nanochat, "nanochat-own": nanochatOwn }; // prettier-ignore

const files = {
  ...Object.fromEntries(
    Object.entries(decoders).map(([name, { configFromJson }]) => [
      name,
      [
        configFromJson,
        checkpoint(name).config,
        runs.decoder,
        ...(/^llama./.test(name) ? ["rope_parameters"] : []),
      ],
    ]),
  ),
  bert: [bertConfigFromJson, checkpoint("bert").config, runs.bert],
  t5: [t5.configFromJson, checkpoint("t5").config, runs.seq2seq],
  vit: [vitConfigFromJson, checkpoint("vit").config, runs.vit],
  clip: [clipConfigFromJson, checkpoint("clip").config, runs.clip],
  llava: [llava.configFromJson, checkpoint("llava").config, runs.vlm],
  resnet: [resnetConfigFromJson, checkpoint("resnet-bottleneck").config, runs.resnet],
} as unknown as Readonly<Record<string, File>>;

it.each(Object.entries(files))(
  "config.json of %s: what a field cannot be is a problem with its name, all else runs",
  (_name, [read, json, model, part]) => {
    const plain = read(json);
    if (plain._tag === "Left") throw plain.left;
    const usual = JSON.stringify(plain.right);
    const traced = new Set([usual]);
    for (const path of pathsOf(json, part))
      for (const value of bad) {
        const what = `${path.join(".")} ${JSON.stringify(value)}`;
        const result = read(withPart(json, path, value));
        if (result._tag === "Left") {
          expect(result.left).toBeInstanceOf(PretrainedError);
          expect(result.left.problems.join("; "), what).toContain(String(path[0]));
          continue;
        }
        const text = JSON.stringify(result.right);
        if (traced.has(text)) continue;
        traced.add(text);
        try {
          trace(model, result.right);
        } catch (error) {
          throw new Error(`${what} is taken, and fails later`, { cause: error });
        }
      }
  },
);
