import { tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { decoder, decoderConfig } from "@adjoint/models";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> => {
  const sizes = { vocabSize: 5, contextLength: 4, nEmbd: 8, nLayer: 1, nHead: 2 };
  const config = decoderConfig(sizes);
  const ids = tensor([[1, 2]], { dtype: "int32" });
  const { shape } = decoder.apply(decoder.init(key(0), config), ids, config);
  return shape.join() === "1,2,5" ? "models works" : `models gives [${shape.join()}]`;
};
