import { fromData, jit, type Tensor } from "@adjoint/core";
import { decoder, type DecoderConfig, type DecoderParams } from "@adjoint/models";

/** How the router of one layer spreads the tokens of a text. */
export type LayerRouting = {
  /** Share of the choices that each expert gets. */
  readonly load: readonly number[];
  /** Mean entropy of a token's gates over that of even ones: 0 when certain, 1 when it does not care. */
  readonly entropy: number;
  /** For each expert the tokens whose share of choices there is the largest multiple of its usual share. */
  readonly favourites: readonly (readonly number[])[];
};

/** Choices of each token of a vocabulary (V) for each expert (E): counts (V, E). */
export type ChoiceCounts = readonly (readonly number[])[];

/** The tokens that lean most to each expert, among those that come often enough to tell. */
export const favouritesOf = (counts: ChoiceCounts, load: readonly number[]): number[][] => {
  const total = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const least = Math.max(20, total.reduce((a, b) => a + b, 0) / 2000);
  const often = counts.map((_, token) => token).filter((token) => (total[token] ?? 0) >= least);
  return load.map((usual, expert) => {
    const lean = (token: number): number =>
      (counts[token]?.[expert] ?? 0) / (total[token] ?? 1) / Math.max(usual, 1e-9);
    return often.toSorted((a, b) => lean(b) - lean(a)).slice(0, 8);
  });
};

/** Load and entropy of counts and gates of one layer: experts (N, k), gates (N, E), tokens (N). */
export const layerRouting = (
  tokens: Int32Array,
  experts: ArrayLike<number>,
  gates: ArrayLike<number>,
  [vocabSize, nExpert]: readonly [number, number],
): LayerRouting => {
  const counts = Array.from({ length: vocabSize }, () => Array.from({ length: nExpert }, () => 0));
  const topK = experts.length / tokens.length;
  for (let i = 0; i < experts.length; i++) {
    const row = counts[tokens[Math.floor(i / topK)] ?? 0];
    const expert = experts[i] ?? 0;
    if (row !== undefined) row[expert] = (row[expert] ?? 0) + 1;
  }
  const load = Array.from(
    { length: nExpert },
    (_, expert) => counts.reduce((sum, row) => sum + (row[expert] ?? 0), 0) / experts.length,
  );
  let entropy = 0;
  for (let i = 0; i < gates.length; i++) {
    const gate = gates[i] ?? 0;
    if (gate > 0) entropy -= gate * Math.log(gate);
  }
  const perToken = entropy / tokens.length / Math.log(nExpert);
  return { load, entropy: perToken, favourites: favouritesOf(counts, load) };
};

const asNumbers = async (x: Tensor | undefined): Promise<ArrayLike<number>> =>
  x === undefined ? [] : Float64Array.from(await x.data(), Number);

/** How the routers of a model spread the first `count` windows of a text, layer by layer. */
export const routingOf = async (
  params: DecoderParams,
  config: DecoderConfig,
  text: Int32Array,
  count = 64,
): Promise<readonly LayerRouting[]> => {
  const rows = Math.min(count, Math.floor(text.length / config.contextLength));
  const tokens = text.slice(0, rows * config.contextLength);
  const run = jit((p: DecoderParams, ids: Tensor) =>
    decoder
      .hiddenWithRouting(p, ids, config)
      .routings.map(({ experts, gates }) => ({ experts, gates })),
  );
  const layers = run(params, fromData(tokens, [rows, config.contextLength]));
  return Promise.all(
    layers.map(async ({ experts, gates }) =>
      layerRouting(tokens, await asNumbers(experts), await asNumbers(gates), [
        config.vocabSize,
        config.experts?.nExpert ?? 0,
      ]),
    ),
  );
};
