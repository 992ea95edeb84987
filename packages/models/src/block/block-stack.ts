import { scan, ShapeError, type Tensor, tensor } from "@adjoint/core";
import { type Key, split } from "@adjoint/core/random";
import { type KvCache, type Routing, unstackLayers } from "@adjoint/nn";
import { trusted } from "../internal/trusted.ts";
import type { BlockConfig } from "./block-config.ts";
import { type LayerRange, stackRanges } from "./stack-ranges.ts";
import {
  applyBlock,
  applyCachedBlock,
  type BlockContext,
  type BlockParams,
  type BlocksResult,
} from "./transformer-block.ts";

/** How many tokens back a layer sees: the same number for all of a stack, or data (scalar) where layers differ. */
export type StackWindow = number | Tensor | undefined;

/** What all stacks have in common. */
export type StackRun = {
  readonly config: BlockConfig;
  /** For each layer: how many tokens back it sees; undefined for all. */
  readonly windows: readonly (number | undefined)[];
  readonly contextOf: (window: StackWindow) => BlockContext;
};

type Windows = {
  readonly same: boolean;
  readonly one?: number | undefined;
  readonly each?: Tensor;
};

const everything = 2 ** 30;

const windowsOf = ({ windows }: StackRun, { start, end }: LayerRange): Windows => {
  const own = windows.slice(start, end);
  const [one] = own;
  if (own.every((window) => window === one)) return { same: true, one };
  return { same: false, each: tensor(Int32Array.from(own, (window) => window ?? everything)) };
};

type Element = {
  readonly params: BlockParams;
  readonly window: Tensor | undefined;
  readonly key: Key | undefined;
};

/** Rows of a range. */
const rowsOf = (x: Tensor, { start, end }: LayerRange): Tensor =>
  x.slice([start, ...x.shape.slice(1).map(() => 0)], [end, ...x.shape.slice(1)]);

const applyStack = (
  params: BlockParams,
  x: Tensor,
  run: StackRun,
  range: LayerRange,
  key: Key | undefined,
): BlocksResult => {
  const { same, one, each } = windowsOf(run, range);
  const body = (h: Tensor, own: Element): readonly [Tensor, Routing | null] => {
    const context = { ...run.contextOf(same ? one : own.window), key: own.key };
    const result = applyBlock(own.params, h, run.config, context);
    return [result.x, result.routing ?? null];
  };
  const [y, routings] = scan(body, x, { params, window: each, key });
  return { x: y, routings: routings === null ? [] : unstackLayers(routings) };
};

/** A stack and its layers. */
type Stack = { readonly params: BlockParams; readonly range: LayerRange };

const pairs = (stacks: readonly BlockParams[], config: BlockConfig): readonly Stack[] => {
  const ranges = stackRanges(config);
  return ranges.flatMap((range, i) => {
    const params = stacks[i];
    return params === undefined ? [] : [{ params, range }];
  });
};

/** Stacks of blocks one after the other, each by one scan: what is traced does not grow with depth. */
export const applyStacks = (
  stacks: readonly BlockParams[],
  x: Tensor,
  run: StackRun,
  key?: Key,
): BlocksResult => {
  const keys = key === undefined ? undefined : split(key, run.config.nLayer);
  return pairs(stacks, run.config).reduce<BlocksResult>(
    (before, { params, range }) => {
      const own = keys === undefined ? undefined : rowsOf(keys, range);
      const { x: y, routings } = applyStack(params, before.x, run, range, own);
      return { x: y, routings: [...before.routings, ...routings] };
    },
    { x, routings: [] },
  );
};

type CachedElement = Omit<Element, "key"> & { readonly cache: KvCache };

/** The same for the tokens that follow those in the caches, of which each stack has one. */
export const applyCachedStacks = (
  stacks: readonly BlockParams[],
  caches: readonly KvCache[],
  x: Tensor,
  run: StackRun,
): readonly [Tensor, readonly KvCache[]] => {
  let h = x;
  const next = pairs(stacks, run.config).map(({ params, range }, index) => {
    const cache = caches[index];
    if (cache?.length.shape.join() !== `${range.end - range.start}`)
      throw new ShapeError({
        operation: "decoder",
        rule: `needs a cache with ${range.end - range.start} layers for stack ${index}`,
        got: cache === undefined ? "none" : `[${cache.length.shape.join()}]`,
        fix: "make it with decoder.cache(config, { stacked: true, ... })",
      });
    const { same, one, each } = windowsOf(run, range);
    const body = (y: Tensor, own: CachedElement): readonly [Tensor, KvCache] =>
      applyCachedBlock(
        own.params,
        own.cache,
        y,
        run.config,
        run.contextOf(same ? one : own.window),
      );
    const [y, longer] = scan(body, h, { params, window: each, cache });
    h = y;
    return trusted<KvCache>(longer);
  });
  return [h, next];
};
