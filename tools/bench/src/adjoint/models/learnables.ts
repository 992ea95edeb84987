// The models of src/model/models.ts in Adjoint, as a user would put them together.
import type { Tensor } from "@adjoint/core";
import {
  bert,
  bertConfigFromJson,
  bertHeads,
  type BertParams,
  bertWeights,
  clip,
  clipConfigFromJson,
  type ClipParams,
  clipWeights,
  decoder,
  type DecoderFamily,
  type DecoderParams,
  deepseek,
  gpt2,
  llama,
  type MaskedWordParams,
  mistral,
  mixtral,
  qwen3,
  resnet,
  resnetConfigFromJson,
  type ResnetParams,
  type ResnetState,
  resnetWeights,
  seq2seq,
  type Seq2SeqConfig,
  type Seq2SeqParams,
  t5,
  transformerConfig,
  vit,
  vitConfigFromJson,
  type VitParams,
  vitWeights,
  type WeightMap,
} from "@adjoint/models";
import { crossEntropy, linear, type LinearParams } from "@adjoint/nn";
import { imageClasses, type ModelCase, type ModelName } from "../../model/models.ts";
import { classes, endedTexts, ids, images, nextTokens } from "./data.ts";
import { both, type Learnable, learnable, must } from "./learnable.ts";
import { transformerWeights } from "./transformer-weights.ts";

type Make = (work: ModelCase) => Learnable;
type Pair = readonly [Tensor, Tensor];
type Classifier = { readonly classifier: LinearParams };

const decoderOf =
  (family: DecoderFamily): Make =>
  (work) => {
    const config = must(family.configFromJson(work.config));
    return learnable(
      family.weights(config),
      nextTokens(work, config.vocabSize),
      both((params: DecoderParams, [text, targets]: Pair) =>
        decoder.loss(params, text, targets, config),
      ),
    );
  };

const pairOf = ({ batch, length }: ModelCase, config: Seq2SeqConfig, map: WeightMap): Learnable => {
  const text = (stream: number): Tensor => ids(stream, [batch, length], config.vocabSize);
  return learnable(
    map,
    { source: text(1000), target: text(1001), labels: text(1002) },
    both(
      (
        params: Seq2SeqParams,
        { source, target, labels }: Record<"source" | "target" | "labels", Tensor>,
      ) => seq2seq.loss(params, source, target, labels, config),
    ),
  );
};

const t5Of: Make = (work) => {
  const config = must(t5.configFromJson(work.config));
  return pairOf(work, config, t5.weights(config));
};

const transformerOf: Make = (work) => {
  const { width, layers, heads, vocab } = work.config;
  const config = transformerConfig({
    ...{ nEmbd: Number(width), nLayer: Number(layers), nHead: Number(heads) },
    ...{ vocabSize: Number(vocab), finalNorm: true, dropout: 0 },
  });
  return pairOf(work, config, transformerWeights(config));
};

type WholeBert = {
  readonly encoder: BertParams;
  readonly maskedWord: MaskedWordParams;
  readonly pooler: LinearParams;
  readonly nextSentence: LinearParams;
};

const bertOf: Make = (work) => {
  const config = must(bertConfigFromJson(work.config));
  const { batch, length } = work;
  const text = (stream: number): Tensor => ids(stream, [batch, length], config.vocabSize);
  return learnable(
    bertWeights(config, bertHeads.preTraining),
    { words: text(1000), targets: text(1002), following: classes(work, 2) },
    both((params: WholeBert, batch: Record<"words" | "targets" | "following", Tensor>) => {
      const hidden = bert.apply(params.encoder, batch.words, config);
      const words = bert.maskedWord(params.maskedWord, params.encoder, hidden, config);
      const next = linear.apply(params.nextSentence, bert.pool(params.pooler, hidden));
      return crossEntropy(words, batch.targets).add(crossEntropy(next, batch.following));
    }),
  );
};

const vitOf: Make = (work) => {
  const config = must(vitConfigFromJson(work.config));
  return learnable(
    vitWeights(config, imageClasses),
    [images(work), classes(work)] as const,
    both((params: Classifier & { readonly encoder: VitParams }, [pictures, labels]: Pair) => {
      const pooled = vit.pool(vit.apply(params.encoder, pictures, config));
      return crossEntropy(linear.apply(params.classifier, pooled), labels);
    }),
  );
};

const clipOf: Make = (work) => {
  const config = must(clipConfigFromJson(work.config));
  return learnable(
    clipWeights(config),
    [endedTexts(work, config.text.vocabSize), images(work)] as const,
    both((params: ClipParams, [texts, pictures]: Pair) =>
      clip.loss(params, texts, pictures, config),
    ),
  );
};

type WholeResnet = Classifier & { readonly params: ResnetParams };

/** The running statistics come with the batch: moving them is a few hundred additions, which PyTorch does and this does not. */
const resnetOf: Make = (work) => {
  const config = must(resnetConfigFromJson(work.config));
  const map = resnetWeights(config, imageClasses);
  const rules = map.rules.filter(({ path: [root] }) => root !== "state");
  const loss =
    (train: boolean) =>
    (whole: WholeResnet, [pictures, labels, state]: readonly [Tensor, Tensor, ResnetState]) => {
      const [vectors] = resnet.apply(whole.params, state, pictures, config, { train });
      return crossEntropy(linear.apply(whole.classifier, vectors), labels);
    };
  return learnable(
    { ...map, rules },
    [images(work), classes(work), resnet.initState(config)] as const,
    { loss: loss(false), step: loss(true) },
  );
};

/** Every model by name. */
export const learnables: Readonly<Record<ModelName, Make>> = {
  gpt2: decoderOf(gpt2),
  llama: decoderOf(llama),
  qwen3: decoderOf(qwen3),
  mistral: decoderOf(mistral),
  mixtral: decoderOf(mixtral),
  deepseek: decoderOf(deepseek),
  bert: bertOf,
  t5: t5Of,
  transformer: transformerOf,
  vit: vitOf,
  clip: clipOf,
  resnet: resnetOf,
};
