import { scan, ShapeError, type Tensor, tensor } from "@adjoint/core";
import { type Key, split } from "@adjoint/core/random";
import * as tree from "@adjoint/core/tree";
import { type ContextHeads, type KvCache, type Routing, unstackLayers } from "@adjoint/nn";
import { trusted } from "../internal/trusted.ts";
import type { BlockConfig } from "./block-config.ts";
import type { AnyBlocks } from "./stack-blocks.ts";
import { type LayerRange, stackRanges } from "./stack-ranges.ts";
import {
  applyBlock,
  applyBlocks,
  applyCachedBlock,
  type BlockContext,
  type BlockParams,
  type BlocksResult,
  type BlockWeights,
} from "./transformer-block.ts";

/** How many tokens back a layer sees: the same number for all of a stack, or data (scalar) where layers differ. */
export type StackWindow = number | Tensor | undefined;

/** What all stacks have in common. */
export type StackRun = {
  readonly config: BlockConfig;
  /** For each layer: how many tokens back it sees; undefined for all. */
  readonly windows: readonly (number | undefined)[];
  readonly contextOf: (window: StackWindow) => BlockContext;
  /** What cross attention reads, for each stack: keys and values with a leading axis of layers. */
  readonly memories?: readonly ContextHeads[] | undefined;
  /** Whether the sequence after each layer is wanted. */
  readonly collected?: boolean;
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
  readonly memory: ContextHeads | undefined;
  readonly key: Key | undefined;
};

/** Rows of a range. */
const rowsOf = (x: Tensor, { start, end }: LayerRange): Tensor =>
  x.slice([start, ...x.shape.slice(1).map(() => 0)], [end, ...x.shape.slice(1)]);

/** What a scan leaves of each layer. */
type Trace = {
  readonly routing: Routing | null;
  readonly weights: BlockWeights | null;
  readonly state: Tensor | null;
};

/** What a block is given of a stack. */
const contextOf = (run: StackRun, window: StackWindow, memory: ContextHeads | undefined) => ({
  ...run.contextOf(window),
  ...(memory === undefined ? {} : { memory }),
});

const layersOf = <T>(all: T | null): readonly T[] =>
  all === null ? [] : trusted<readonly T[]>(unstackLayers(all));

const applyStack = (
  { params, range, memory }: Stack,
  x: Tensor,
  run: StackRun,
  key: Key | undefined,
): BlocksResult => {
  const { same, one, each } = windowsOf(run, range);
  const body = (h: Tensor, own: Element): readonly [Tensor, Trace] => {
    const context = contextOf(run, same ? one : own.window, own.memory);
    const result = applyBlock(own.params, h, run.config, { ...context, key: own.key });
    const { routing = null, weights = null } = result;
    return [result.x, { routing, weights, state: run.collected === true ? result.x : null }];
  };
  const [y, trace] = scan(body, x, { params, window: each, memory, key });
  const { routing, weights, state } = trusted<Trace>(trace);
  return {
    x: y,
    routings: layersOf(routing),
    weights: layersOf(weights),
    states: layersOf(state),
  };
};

/** A stack and its layers. */
type Stack = {
  readonly params: BlockParams;
  readonly range: LayerRange;
  readonly memory: ContextHeads | undefined;
};

const stacksOf = (
  stacks: readonly BlockParams[],
  { config, memories }: StackRun,
): readonly Stack[] =>
  stackRanges(config).flatMap((range, i) => {
    const params = stacks[i];
    return params === undefined ? [] : [{ params, range, memory: memories?.[i] }];
  });

/** Stacks of blocks one after the other, each by one scan: what is traced does not grow with depth. */
export const applyStacks = (
  stacks: readonly BlockParams[],
  x: Tensor,
  run: StackRun,
  key?: Key,
): BlocksResult => {
  const keys = key === undefined ? undefined : split(key, run.config.nLayer);
  return stacksOf(stacks, run).reduce<BlocksResult>(
    (before, stack) => {
      const own = keys === undefined ? undefined : rowsOf(keys, stack.range);
      const { x: y, routings, weights, states } = applyStack(stack, before.x, run, own);
      return {
        x: y,
        routings: [...before.routings, ...routings],
        weights: [...before.weights, ...weights],
        states: [...before.states, ...states],
      };
    },
    { x, routings: [], weights: [], states: [] },
  );
};

type CachedElement = Omit<Element, "key"> & { readonly cache: KvCache };

/** The same for the tokens that follow those in the caches, of which each stack has one. */
export const applyCachedStacks = (
  operation: string,
  stacks: readonly BlockParams[],
  caches: readonly KvCache[],
  x: Tensor,
  run: StackRun,
): readonly [Tensor, readonly KvCache[]] => {
  let h = x;
  const next = stacksOf(stacks, run).map(({ params, range, memory }, index) => {
    const cache = caches[index];
    if (cache?.length.shape.join() !== `${range.end - range.start}`)
      throw new ShapeError({
        operation,
        rule: `needs a cache with ${range.end - range.start} layers for stack ${index}`,
        got: cache === undefined ? "none" : `[${cache.length.shape.join()}]`,
        fix: `make it with ${operation}.cache(config, { stacked: true, ... })`,
      });
    const { same, one, each } = windowsOf(run, range);
    const body = (y: Tensor, own: CachedElement): readonly [Tensor, KvCache] =>
      applyCachedBlock(
        own.params,
        own.cache,
        y,
        run.config,
        contextOf(run, same ? one : own.window, own.memory),
      );
    const [y, longer] = scan(body, h, { params, window: each, memory, cache });
    h = y;
    return trusted<KvCache>(longer);
  });
  if (caches.length !== stacks.length)
    throw new ShapeError({
      operation,
      rule: `needs a cache for each of ${stacks.length} stacks`,
      got: `${caches.length}`,
      fix: `make it with ${operation}.cache(config, { stacked: true, ... })`,
    });
  return [h, next];
};

/** Layers by themselves or stacked, of which all see the same: `context`. */
export const applyAnyBlocks = (
  params: AnyBlocks,
  x: Tensor,
  config: BlockConfig,
  context: BlockContext,
  key?: Key,
  collected = false,
): BlocksResult =>
  "stacks" in params
    ? applyStacks(
        params.stacks,
        x,
        { config, windows: [], contextOf: () => context, collected },
        key,
      )
    : applyBlocks(params.blocks, x, config, () => context, key, collected);

/** The first `count` layers, and the sequence after each of them. */
export const applyFirstBlocks = (
  params: AnyBlocks,
  x: Tensor,
  config: BlockConfig,
  count: number,
  key?: Key,
): BlocksResult => {
  if (count === 0) return { x, routings: [], weights: [], states: [] };
  if (!("stacks" in params))
    return applyBlocks(params.blocks.slice(0, count), x, config, () => ({}), key, true);
  const some = { ...config, nLayer: count };
  const stacks = stackRanges(some).flatMap(({ start, end }, i) => {
    const stack = params.stacks[i];
    const first = (leaf: Tensor): Tensor => rowsOf(leaf, { start: 0, end: end - start });
    return stack === undefined ? [] : [trusted<BlockParams>(tree.map(first, stack))];
  });
  const run = { config: some, windows: [], contextOf: () => ({}), collected: true };
  return applyStacks(stacks, x, run, key);
};
