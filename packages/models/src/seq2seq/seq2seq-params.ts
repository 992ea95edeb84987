import type { Tensor } from "@adjoint/core";
import type { ContextHeads, EmbeddingParams, LinearParams, RelativeBiasParams } from "@adjoint/nn";
import type { NormParams } from "../block/norm.ts";
import type { Stacked } from "../block/stack-blocks.ts";
import type { BlockParams } from "../block/transformer-block.ts";

/** Parameters of one side. */
export type SideParams = {
  readonly blocks: readonly BlockParams[];
  readonly finalNorm?: NormParams;
  /** For relative places: the bias of each bucket of distances, shared by all layers. */
  readonly bias?: RelativeBiasParams;
};

/** Parameters of `seq2seq`. */
export type Seq2SeqParams = {
  /** Token embedding (V, C) of both sides. */
  readonly wte: EmbeddingParams;
  readonly encoder: SideParams;
  readonly decoder: SideParams;
  /** Kernel (C, V) of the head when it is not tied. */
  readonly head?: LinearParams;
};

/** One side with equal layers put together. */
export type StackedSideParams = Stacked<SideParams>;

/** The same with equal layers put together, as `seq2seq.stack` makes it: what is traced does not grow with depth. */
export type StackedSeq2SeqParams = Omit<Seq2SeqParams, "encoder" | "decoder"> & {
  readonly encoder: StackedSideParams;
  readonly decoder: StackedSideParams;
};

/** Parameters layer by layer, or stacked. */
export type AnySeq2SeqParams = Seq2SeqParams | StackedSeq2SeqParams;

/**
 * What the decoder reads of the source. Where there are heads the decoder reads them alone: who changes the vectors leaves the old
 * heads out, `{ vectors: changed, valid }`, and they are made anew.
 */
export type Memory = {
  /** (..., S, C). */
  readonly vectors: Tensor;
  /**
   * Keys and values (..., K, S, D) of each layer's cross attention, so that they are made once, with an axis of layers before for each
   * stack; made from the vectors when absent.
   */
  readonly heads?: readonly ContextHeads[];
  /** bool (..., S). */
  readonly valid?: Tensor | undefined;
};
