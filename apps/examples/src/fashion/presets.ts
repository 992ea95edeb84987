import { type ResnetConfig, resnetConfig, type VitConfig, vitConfig } from "@adjoint/models";
import { size } from "./fashion-data.ts";
import type { Schedule } from "./train-classifier.ts";

const common = { shift: 1, validation: 5000, weightDecay: 0.05 } as const;

/** 14 x 14 squares of 2 x 2 pixels, then three stages of one layer: 14 x 14, 7 x 7 and 4 x 4; 309,000 parameters. */
export const resnetSizes: ResnetConfig = resnetConfig({
  channels: 4,
  stem: "small",
  widths: [32, 64, 128],
  depths: [1, 1, 1],
});

export const resnetSchedule: Schedule = { ...common, batchSize: 64, epochs: 4, peak: 3e-3 };

/** 16 patches of 7 x 7, four blocks of width 64; 139,000 parameters. */
export const vitSizes: VitConfig = vitConfig({
  imageSize: size,
  patchSize: 7,
  channels: 1,
  nEmbd: 64,
  nLayer: 4,
  nHead: 4,
  hidden: 128,
});

export const vitSchedule: Schedule = { ...common, batchSize: 128, epochs: 8, peak: 2e-3 };
