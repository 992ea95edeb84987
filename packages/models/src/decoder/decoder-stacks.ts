import { ArgumentError, tensor } from "@adjoint/core";
import { type KvCache, stackLayers, unstackLayers } from "@adjoint/nn";
import { stackRanges } from "../block/stack-ranges.ts";
import type { BlockParams } from "../block/transformer-block.ts";
import { trusted } from "../internal/trusted.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { checkDecoder } from "./decoder-shape.ts";
import type { DecoderParams, StackedDecoderParams } from "./decoder-params.ts";

/** Parameters with neighbouring equal layers put together. */
export const stackParams = (params: DecoderParams, config: DecoderConfig): StackedDecoderParams => {
  checkDecoder(params, config);
  if (config.shortcuts !== undefined)
    throw new ArgumentError({
      operation: "decoder.stack",
      rule: "takes layers without shortcuts, which make each of them different",
      got: Object.keys(config.shortcuts).join(", "),
    });
  const { blocks, ...rest } = params;
  const stacks = stackRanges(config).map(({ start, end }) =>
    trusted<BlockParams>(stackLayers(blocks.slice(start, end))),
  );
  return { ...rest, stacks };
};

/** Parameters layer by layer again. */
export const unstackParams = ({ stacks, ...rest }: StackedDecoderParams): DecoderParams => ({
  ...rest,
  blocks: stacks.flatMap((stack) => trusted<readonly BlockParams[]>(unstackLayers(stack))),
});

/** One cache for each stack, made by `make` for the leading axes of all its layers. */
export const stackedCache = (
  config: DecoderConfig,
  lead: readonly number[],
  make: (lead: readonly number[]) => KvCache,
): readonly KvCache[] =>
  stackRanges(config).map(({ start, end }) => ({
    ...make([end - start, ...lead]),
    length: tensor(new Int32Array(end - start)),
  }));
