import { ArgumentError, type Tensor } from "@adjoint/core";
import { vectorsPerImage } from "./image-vectors.ts";
import type { VlmConfig } from "./vlm-config.ts";

const refuse = (rule: string, got: string, fix: string): never => {
  throw new ArgumentError({ operation: "vlm", rule, got, fix });
};

/** Ids in which each image token stands for an image, with as many image tokens as the image has vectors. */
export const imagePrompt = (
  ids: readonly number[],
  images: number,
  config: VlmConfig,
): readonly number[] => {
  const { imageToken, text } = config;
  const places = ids.filter((id) => id === imageToken).length;
  if (places !== images)
    refuse(
      "a prompt needs one image token for each image",
      `${places} for ${images}`,
      `write the token ${imageToken} where an image belongs`,
    );
  const count = vectorsPerImage(config);
  const longer = ids.flatMap((id) =>
    id === imageToken ? Array.from({ length: count }, () => imageToken) : [id],
  );
  if (longer.length > text.contextLength)
    refuse(
      `a prompt with its images' vectors must fit into the context of ${text.contextLength}`,
      `${longer.length}`,
      `each image takes ${count}: show fewer, or pool more patches`,
    );
  return longer;
};

/** Rejects with ArgumentError unless ids hold an image token for each vector of the images, or none without images. */
export const checkImageTokens = async (
  ids: Tensor,
  images: Tensor | undefined,
  config: VlmConfig,
): Promise<void> => {
  const data = await ids.data();
  const got = Array.from(data).filter((id) => id === config.imageToken).length;
  const count = images?.shape.slice(0, -3).reduce((product, size) => product * size, 1) ?? 0;
  const want = count * vectorsPerImage(config);
  if (got !== want)
    refuse(
      `${count} images of ${vectorsPerImage(config)} vectors need ${want} image tokens`,
      `${got}`,
      "write the prompt with vlm.prompt",
    );
};
