import type { EmbeddingParams, LinearParams } from "@adjoint/nn";
import type { NormParams } from "../block/norm.ts";
import type { Stacked } from "../block/stack-blocks.ts";
import type { BlockParams } from "../block/transformer-block.ts";
import type { ShortcutParams } from "./shortcuts.ts";

/** Parameters of `decoder`. */
export type DecoderParams = {
  /** Token embedding (V, C). */
  readonly wte: EmbeddingParams;
  /** Position embedding (contextLength, C), for learned positions. */
  readonly wpe?: EmbeddingParams;
  readonly blocks: readonly BlockParams[];
  /** Where the configuration has any. */
  readonly shortcuts?: ShortcutParams;
  readonly finalNorm: NormParams;
  /** Kernel (C, V) of the head when it is not tied. */
  readonly head?: LinearParams;
};

/** The same with equal layers put together, as `decoder.stack` makes it: what is traced does not grow with depth. */
export type StackedDecoderParams = Stacked<Omit<DecoderParams, "shortcuts">>;

/** Parameters layer by layer, or stacked. */
export type AnyDecoderParams = DecoderParams | StackedDecoderParams;
