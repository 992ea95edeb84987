import type { z } from "zod";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import { explicitDecoder } from "../decoder/explicit-decoder.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";
import type { DecoderFamily } from "./decoder-family.ts";

/** What sets a family apart. */
type FamilyParts = Pick<DecoderFamily, "modelType" | "weights"> & {
  /** Its name in errors. */
  readonly name: string;
  readonly schema: z.ZodType<DecoderConfig>;
  /** The class of transformers that loads it. */
  readonly architecture: string;
  readonly toJson: (config: DecoderConfig) => ConfigJson;
};

/** A family that writes only what it reads back. */
export const makeFamily = ({
  name,
  modelType,
  schema,
  architecture,
  toJson,
  weights,
}: FamilyParts): DecoderFamily => {
  const read: DecoderFamily["configFromJson"] = (json) => parseConfig(schema, json, name);
  return {
    modelType,
    configFromJson: read,
    configToJson: (config) =>
      writtenConfig(
        config,
        { model_type: modelType, architectures: [architecture], ...toJson(config) },
        { operation: `${name}.configToJson`, read, explicit: explicitDecoder },
      ),
    weights,
  };
};
