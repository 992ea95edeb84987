import { concatenate, ones, sigmoid, tensor, type Tensor, zeros } from "@adjoint/core";
import { type Key, splitTuple } from "@adjoint/core/random";
import {
  embedding,
  type EmbeddingParams,
  linear,
  type LinearParams,
  uniformInit,
} from "@adjoint/nn";
import type { BlockContext } from "../block/transformer-block.ts";
import { linearRules, tableRule } from "../block/block-rules.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { DecoderConfig } from "./decoder-config.ts";

/** Values that a layer adds to those of its attention: a vector for each token, and a gate for each head. */
export type ValueParams = {
  /** (V, K D). */
  readonly table: EmbeddingParams;
  /** Kernel (gate, K). */
  readonly gate: LinearParams;
};

/** Parameters of the shortcuts that a configuration has. */
export type ShortcutParams = {
  /** (L): what the sequence is multiplied with before each layer. */
  readonly residual?: Tensor;
  /** (L): how much of what entered the first layer is added there. */
  readonly first?: Tensor;
  readonly smear?: {
    /** Kernel (gate, 1). */
    readonly gate: LinearParams;
    /** (1). */
    readonly scale: Tensor;
  };
  /** (1): how much of the sequence after the middle layer is taken away after the last. */
  readonly backout?: Tensor;
  /** Those of every second layer, the last among them. */
  readonly values?: readonly ValueParams[];
};

/** Which of the value tables a layer has; undefined for none. */
const tableOf = (layer: number, nLayer: number): number | undefined =>
  layer % 2 === (nLayer - 1) % 2 ? Math.floor(layer / 2) : undefined;

const tableCount = (nLayer: number): number => Math.ceil(nLayer / 2);

const rowsOf = ({ vocabSize, vocabRows = vocabSize }: DecoderConfig): number => vocabRows;

const startGate = uniformInit(0, 0.02);

const initValues = (key: Key, config: DecoderConfig, gateDim: number): readonly ValueParams[] => {
  const { nLayer, nEmbd, nKvHead, headDim } = config;
  const keys: readonly Key[] = splitTuple<number>(key, 2 * tableCount(nLayer));
  const bound = Math.sqrt(3 / nEmbd);
  return Array.from({ length: tableCount(nLayer) }, (_, i) => ({
    table: embedding.init(keys[2 * i] ?? key, {
      vocabSize: rowsOf(config),
      features: nKvHead * headDim,
      tableInit: uniformInit(-bound, bound),
    }),
    gate: linear.init(keys[2 * i + 1] ?? key, {
      inFeatures: gateDim,
      outFeatures: nKvHead,
      useBias: false,
      kernelInit: startGate,
    }),
  }));
};

/** Numbers from `start` in the first layer to `end` in the last. */
const ramp = (layers: number, start: number, end: number): Tensor =>
  tensor(
    Array.from({ length: layers }, (_, i) => start + ((end - start) * i) / Math.max(layers - 1, 1)),
  );

/** Fresh parameters, as nanochat's code starts them. */
export const initShortcuts = (key: Key, config: DecoderConfig): ShortcutParams => {
  const { nLayer, shortcuts } = config;
  const { mixing = false, smearGate, backout = false, valueGate } = shortcuts ?? {};
  const [forGate, forValues] = splitTuple(key, 2);
  const gate = { inFeatures: smearGate ?? 1, outFeatures: 1, useBias: false };
  return {
    ...(mixing ? { residual: ramp(nLayer, 1.15, 1.05), first: ramp(nLayer, 0.2, 0.05) } : {}),
    ...(smearGate === undefined
      ? {}
      : {
          smear: {
            gate: linear.init(forGate, { ...gate, kernelInit: startGate }),
            scale: zeros([1]),
          },
        }),
    ...(backout ? { backout: ones([1]).mul(0.2) } : {}),
    ...(valueGate === undefined ? {} : { values: initValues(forValues, config, valueGate) }),
  };
};

/** Where the shortcuts lie in nanochat's own checkpoints. */
export const shortcutRules = (
  config: DecoderConfig,
  path: WeightRule["path"],
): readonly WeightRule[] => {
  const { nLayer, nKvHead, headDim, shortcuts } = config;
  const { mixing = false, smearGate, backout = false, valueGate } = shortcuts ?? {};
  const vector = (part: readonly string[], name: string, size: number): WeightRule => ({
    path: [...path, ...part],
    shape: [size],
    name,
  });
  const values = (gateDim: number): readonly WeightRule[] =>
    Array.from({ length: nLayer }, (_, layer): readonly WeightRule[] => {
      const index = tableOf(layer, nLayer);
      if (index === undefined) return [];
      const own = [...path, "values", index];
      return [
        tableRule([...own, "table"], `value_embeds.${layer}`, rowsOf(config), nKvHead * headDim),
        ...linearRules([...own, "gate"], `transformer.h.${layer}.attn.ve_gate`, [gateDim, nKvHead], false), // prettier-ignore
      ];
    }).flat();
  return [
    ...(mixing
      ? [vector(["residual"], "resid_lambdas", nLayer), vector(["first"], "x0_lambdas", nLayer)]
      : []),
    ...(smearGate === undefined
      ? []
      : [
          ...linearRules([...path, "smear", "gate"], "smear_gate", [smearGate, 1], false),
          vector(["smear", "scale"], "smear_lambda", 1),
        ]),
    ...(backout ? [vector(["backout"], "backout_lambda", 1)] : []),
    ...(valueGate === undefined ? [] : values(valueGate)),
  ];
};

/** The first elements of the last axis. */
const start = (x: Tensor, count: number): Tensor =>
  x.slice(
    x.shape.map(() => 0),
    [...x.shape.slice(0, -1), count],
  );

/** Rows of the axis before the last. */
const rows = (x: Tensor, from: number, to: number): Tensor =>
  x.slice(
    x.shape.map((_, axis) => (axis === x.rank - 2 ? from : 0)),
    x.shape.map((size, axis) => (axis === x.rank - 2 ? to : size)),
  );

/** A sequence in which each token has some of the one before it, and the last one, which the next call begins after. */
export type Smeared = { readonly x: Tensor; readonly previous: Tensor };

/**
 * x (..., T, C) plus a gated multiple of the token before each; `previous` (..., 1, C) stands before the first, zeros where nothing
 * does. What is no token (`valid` false) has nothing to give.
 */
export const smeared = (
  { gate, scale }: NonNullable<ShortcutParams["smear"]>,
  x: Tensor,
  valid: Tensor | undefined,
  previous: Tensor = rows(x, 0, 1).mul(0),
): Smeared => {
  const given = valid === undefined ? x : valid.expandDims(-1).where(x, 0);
  const all = concatenate([previous, given], -2);
  const length = x.shape.at(-2) ?? 0;
  const [width = 0] = gate.kernel.shape;
  const open = sigmoid(linear.apply(gate, start(x, width))).mul(scale);
  return { x: x.add(open.mul(rows(all, 0, length))), previous: rows(all, length, length + 1) };
};

/** Values (..., T, K D) of tokens for a layer whose attention reads x (..., T, C). */
const valuesOf = (
  { table, gate }: ValueParams,
  ids: Tensor,
  x: Tensor,
  { nKvHead, headDim }: DecoderConfig,
): Tensor => {
  const [width = 0] = gate.kernel.shape;
  const open = sigmoid(linear.apply(gate, start(x, width))).mul(3); // (..., T, K)
  const heads = embedding.apply(table, ids).reshape([...ids.shape, nKvHead, headDim]);
  return heads.mul(open.expandDims(-1)).reshape([...ids.shape, nKvHead * headDim]);
};

/** What the layers of one call are given, and what is done after the last. */
export type ShortcutRun = {
  readonly contextOf: (layer: number) => Pick<BlockContext, "enter" | "values">;
  readonly leave: (x: Tensor) => Tensor;
};

const element = (x: Tensor, i: number): Tensor => x.slice([i], [i + 1]);

/** The shortcuts between the layers of one call, whose first layer `x0` enters. */
export const runShortcuts = (
  { residual, first, backout, values }: ShortcutParams,
  ids: Tensor,
  x0: Tensor,
  config: DecoderConfig,
): ShortcutRun => {
  const { nLayer } = config;
  let middle: Tensor | undefined; // what comes out of the middle layer
  const enter = (x: Tensor, layer: number): Tensor => {
    if (layer === Math.floor(nLayer / 2) + 1) middle = x;
    if (residual === undefined || first === undefined) return x;
    return x.mul(element(residual, layer)).add(x0.mul(element(first, layer)));
  };
  return {
    contextOf: (layer) => {
      const own = values?.[tableOf(layer, nLayer) ?? -1];
      return {
        enter: (x) => enter(x, layer),
        ...(own === undefined ? {} : { values: (x) => valuesOf(own, ids, x, config) }),
      };
    },
    leave: (x) => (backout === undefined ? x : x.sub((middle ?? x).mul(backout))),
  };
};
