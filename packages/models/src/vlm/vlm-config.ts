import { ArgumentError } from "@adjoint/core";
import type { ActivationName } from "@adjoint/nn";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import { anActivation } from "../block/block-schema.ts";
import { decoderSchema } from "../decoder/decoder-schema.ts";
import {
  aConfig,
  aFlag,
  aList,
  aPlace,
  aRecord,
  aSize,
  changed,
  type ConfigCheck,
  configCheck,
  wholeFrom,
} from "../internal/config-schema.ts";
import { mostLayers } from "../internal/sizes.ts";
import { type VitConfig, vitSchema } from "../vit/vit-config.ts";

/** A model that sees and writes: a tower for images, a projector, and a decoder whose prompts hold image tokens. */
export type VlmConfig = {
  readonly vision: VitConfig;
  readonly text: DecoderConfig;
  /** The token that stands for one vector of an image. */
  readonly imageToken: number;
  /**
   * Which states of the tower are looked at, side by side when there are several: 0 is what enters its first block, 1 what the first
   * block gives, -1 what the last one gives, -2 the one before it.
   */
  readonly featureLayers: readonly number[];
  /** Whether the class token is looked at too, as in `vision_feature_select_strategy: "full"`. */
  readonly keepClassToken: boolean;
  readonly projector: { readonly activation: ActivationName; readonly useBias: boolean };
  /** Squares of pool x pool patches are averaged into one vector; 1 keeps them all. */
  readonly pool: number;
};

/** What `vlmConfig` takes. */
export type VlmSettings = Pick<VlmConfig, "vision" | "text" | "imageToken"> &
  Partial<Omit<VlmConfig, "vision" | "text" | "imageToken" | "projector">> & {
    readonly projector?: Partial<VlmConfig["projector"]>;
  };

/** How many blocks run before a state is looked at. */
export const blocksBefore = (layer: number, { nLayer }: VitConfig): number =>
  layer < 0 ? nLayer + 1 + layer : layer;

/** What keeps the parts from fitting together: the field of a file and what it must be, and the same in the names of `VlmConfig`. */
export type Misfit = readonly [field: string, message: string, ours: string];

const layerMisfits = ({ vision, featureLayers }: VlmConfig): readonly Misfit[] => {
  const misfit = (message: string): Misfit => [
    "vision_feature_layer",
    message,
    `featureLayers ${message}`,
  ];
  if (featureLayers.length === 0) return [misfit("must name a layer")];
  return featureLayers.flatMap((layer): readonly Misfit[] => {
    const before = blocksBefore(layer, vision);
    const isThere = Number.isInteger(layer) && before >= 0 && before <= vision.nLayer;
    const range = `${-vision.nLayer - 1} to ${vision.nLayer}`;
    return isThere ? [] : [misfit(`must be from ${range}, got ${layer}`)];
  });
};

/** Everything that keeps the parts of a configuration from fitting together. */
export const misfits = (config: VlmConfig): readonly Misfit[] => {
  const { vision, text, imageToken, keepClassToken, pool } = config;
  const across = vision.imageSize / vision.patchSize;
  const hasClassToken = vision.classToken !== false;
  const token = `must be a token below ${text.vocabSize}, got ${imageToken}`;
  const patches = `must divide the ${across} patches of a row, got ${pool}`;
  const single = "must be 1 where the class token is kept";
  const rules: readonly (readonly [boolean, ...Misfit])[] = [
    [
      Number.isInteger(across),
      "vision_config.patch_size",
      "must divide image_size",
      "vision.patchSize must divide vision.imageSize",
    ],
    [
      Number.isInteger(vision.headDim),
      "vision_config.num_attention_heads",
      "must divide hidden_size",
      "vision.nHead must divide vision.nEmbd",
    ],
    [
      Number.isInteger(imageToken) && imageToken >= 0 && imageToken < text.vocabSize,
      "image_token_index",
      token,
      `imageToken ${token}`,
    ],
    [
      keepClassToken || hasClassToken,
      "vision_feature_select_strategy",
      'must be "full", as there is no class token to leave out',
      "keepClassToken must be true, as there is no class token to leave out",
    ],
    [
      Number.isInteger(pool) && pool >= 1 && across % pool === 0,
      "patch_pooling",
      patches,
      `pool ${patches}`,
    ],
    [pool === 1 || !keepClassToken || !hasClassToken, "patch_pooling", single, `pool ${single}`],
  ];
  const broken = rules.flatMap(([holds, ...misfit]): readonly Misfit[] => (holds ? [] : [misfit]));
  return [...broken, ...layerMisfits(config)];
};

const checkFields: ConfigCheck<VlmConfig> = configCheck(
  aConfig<VlmConfig>(
    {
      vision: vitSchema,
      text: decoderSchema,
      imageToken: aPlace,
      featureLayers: aList(wholeFrom(-mostLayers, mostLayers)),
      keepClassToken: aFlag,
      projector: aRecord<VlmConfig["projector"]>({ activation: anActivation, useBias: aFlag }),
      pool: aSize,
    },
    () => [],
  ),
);

/** Throws ArgumentError for the first field that is wrong, or with all that keeps the parts from fitting together. */
export const checkVlmConfig: ConfigCheck<VlmConfig> = (operation, config) => {
  checkFields(operation, config);
  const problems = misfits(config);
  if (problems.length === 0) return;
  throw new ArgumentError({
    operation,
    rule: "the parts must fit together",
    got: problems.map(([, , ours]) => ours).join("; "),
  });
};

/**
 * A complete configuration from those of the two halves. Defaults are LLaVA's: the state before the last block, without its class token,
 * through two linear layers with biases and exact GELU between. Throws ArgumentError for parts that do not fit together.
 *
 * ```ts doctest
 * import { decoderConfig, vitConfig, vlmConfig } from "@adjoint/models";
 * const config = vlmConfig({
 *   vision: vitConfig({ imageSize: 8, patchSize: 4, nEmbd: 16, nLayer: 2, nHead: 2 }),
 *   text: decoderConfig({ vocabSize: 12, contextLength: 32, nEmbd: 24, nLayer: 1, nHead: 2 }),
 *   imageToken: 11,
 * });
 * config.featureLayers; // => [-2]
 * ```
 */
export const vlmConfig = (settings: VlmSettings): VlmConfig => {
  const config: VlmConfig = {
    featureLayers: [-2],
    keepClassToken: settings.vision.classToken === false,
    pool: 1,
    ...settings,
    projector: changed({ activation: "gelu", useBias: true }, settings.projector),
  };
  checkVlmConfig("vlmConfig", config);
  return config;
};
