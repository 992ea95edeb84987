import { tensor, TreeError } from "@adjoint/core";
import { type KvCache, stackLayers, unstackLayers } from "@adjoint/nn";
import { trusted } from "../internal/trusted.ts";
import type { BlockConfig } from "./block-config.ts";
import { stackRanges } from "./stack-ranges.ts";
import type { BlockParams } from "./transformer-block.ts";

/** Parameters whose layers are by themselves. */
export type WithBlocks = { readonly blocks: readonly BlockParams[] };

/** The same with neighbouring layers of the same structure put together: tensors with a leading axis, one element a layer. */
export type Stacked<P extends WithBlocks> = Omit<P, "blocks"> & {
  readonly stacks: readonly BlockParams[];
};

/** Layers in parameters, by themselves or stacked. */
export type AnyBlocks = WithBlocks | { readonly stacks: readonly BlockParams[] };

/** Whether a record has a list of that name. */
const hasList = (params: unknown, name: "blocks" | "stacks"): boolean =>
  typeof params === "object" && params !== null && Array.isArray(Reflect.get(params, name));

const wanting = (operation: string, rule: string, params: unknown): TreeError => {
  const got = hasList(params, "stacks")
    ? "stacked parameters"
    : hasList(params, "blocks")
      ? "layers one by one"
      : "neither blocks nor stacks";
  return new TreeError({ operation, rule, got, fix: "take the parameters as they are" });
};

/** Parameters with neighbouring equal layers put together; TreeError, named after `operation`, for stacked ones. */
export const stackBlocks = <P extends WithBlocks>(
  operation: string,
  params: P,
  config: BlockConfig,
): Stacked<P> => {
  if (!hasList(params, "blocks")) throw wanting(operation, "takes layers one by one", params);
  const { blocks, ...rest } = params;
  return {
    ...rest,
    stacks: stackRanges(config).map(({ start, end }) =>
      trusted<BlockParams>(stackLayers(blocks.slice(start, end))),
    ),
  };
};

/** Parameters layer by layer again; TreeError, named after `operation`, for those that are so already. */
export const unstackBlocks = <P extends { readonly stacks: readonly BlockParams[] }>(
  operation: string,
  params: P,
): Omit<P, "stacks"> & WithBlocks => {
  if (!hasList(params, "stacks")) throw wanting(operation, "takes stacked parameters", params);
  const { stacks, ...rest } = params;
  return {
    ...rest,
    blocks: stacks.flatMap((stack) => trusted<readonly BlockParams[]>(unstackLayers(stack))),
  };
};

/** One cache for each stack, made by `make` for the leading axes of all its layers. */
export const stackedCache = (
  config: BlockConfig,
  lead: readonly number[],
  make: (lead: readonly number[]) => KvCache,
): readonly KvCache[] =>
  stackRanges(config).map(({ start, end }) => ({
    ...make([end - start, ...lead]),
    length: tensor(new Int32Array(end - start)),
  }));

/** How many tokens are in caches: the same for all layers. */
export const lengthOfCaches = ([first]: readonly KvCache[]): KvCache["length"] | number => {
  if (first === undefined) return 0;
  return first.length.rank === 0 ? first.length : first.length.slice([0], [1]).squeeze(0);
};
