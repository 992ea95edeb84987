import { ArgumentError } from "@adjoint/core";
import { stackBlocks } from "../block/stack-blocks.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { checkDecoder } from "./decoder-shape.ts";
import type { DecoderParams, StackedDecoderParams } from "./decoder-params.ts";

/** Parameters with neighbouring equal layers put together. */
export const stackParams = (params: DecoderParams, config: DecoderConfig): StackedDecoderParams => {
  checkDecoder(params, config);
  const { shortcuts: _, ...plain } = params;
  if (config.shortcuts === undefined) return stackBlocks("decoder.stack", plain, config);
  throw new ArgumentError({
    operation: "decoder.stack",
    rule: "takes layers without shortcuts, which make each of them different",
    got: Object.keys(config.shortcuts).join(", "),
  });
};
