import { reduction, type ResnetConfig } from "./resnet-config.ts";

/** One convolution with its norm: channels in and out, size of the window, stride. */
export type ConvShape = {
  readonly from: number;
  readonly to: number;
  readonly window: number;
  readonly stride: number;
};

/** One layer: its convolutions, and that of the shortcut where sizes change. */
export type LayerShape = {
  readonly convolutions: readonly ConvShape[];
  readonly shortcut: ConvShape | undefined;
};

const layerShape = (
  { layer }: ResnetConfig,
  from: number,
  to: number,
  stride: number,
): LayerShape => {
  const inner = to / reduction;
  const convolutions =
    layer === "basic"
      ? [
          { from, to, window: 3, stride },
          { from: to, to, window: 3, stride: 1 },
        ]
      : [
          { from, to: inner, window: 1, stride: 1 },
          { from: inner, to: inner, window: 3, stride },
          { from: inner, to, window: 1, stride: 1 },
        ];
  const shortcut = from === to && stride === 1 ? undefined : { from, to, window: 1, stride };
  return { convolutions, shortcut };
};

/** The first convolution. */
export const stemShape = ({ channels, embedding, stem }: ResnetConfig): ConvShape => ({
  from: channels,
  to: embedding,
  window: stem === "large" ? 7 : 3,
  stride: stem === "large" ? 2 : 1,
});

/** The layers of every stage. */
export const stageShapes = (config: ResnetConfig): readonly (readonly LayerShape[])[] =>
  config.widths.map((to, stage) => {
    const before = config.widths[stage - 1] ?? config.embedding;
    const first = stage === 0 ? config.firstStride : 2;
    return Array.from({ length: config.depths[stage] ?? 1 }, (_, i) =>
      layerShape(config, i === 0 ? before : to, to, i === 0 ? first : 1),
    );
  });
