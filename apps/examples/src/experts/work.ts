import { zeros } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { decoder, type DecoderConfig, type DecoderParams } from "@adjoint/models";
import { modelSummary, parameterRows } from "@adjoint/nn";

/** Parameters of a model, and what one token takes of them. */
export type Work = {
  readonly parameters: number;
  /** Those that a token goes through: all without the experts that it does not take. */
  readonly active: number;
  /** Operations of products a token in the forward pass that its result depends on. */
  readonly flops: number;
  /** Operations that are carried out, for whole blocks of each expert's tokens. */
  readonly carriedOut: number;
};

/** The dense model whose MLPs are as wide as the experts of one token together: what its tokens cost without a router. */
const withoutRouter = ({ experts, ...config }: DecoderConfig): DecoderConfig =>
  experts === undefined
    ? config
    : { ...config, mlp: { ...config.mlp, hidden: experts.topK * experts.hidden } };

const flopsOf = (
  params: DecoderParams,
  config: DecoderConfig,
  [rows, length]: readonly [number, number],
): number => {
  const ids = zeros([rows, length], { dtype: "int32" });
  return modelSummary(params, (p) => decoder.apply(p, ids, config)).flops / (rows * length);
};

/** What a model takes for a token in batches (B, T). */
export const workOf = (
  params: DecoderParams,
  config: DecoderConfig,
  batch: readonly [number, number],
): Work => {
  const { nExpert = 1, topK = 1 } = config.experts ?? {};
  const rows = parameterRows(params);
  const count = (list: typeof rows): number => list.reduce((n, row) => n + row.count, 0);
  const inExperts = count(rows.filter(({ path }) => path.includes("experts")));
  const dense = withoutRouter(config);
  const routers = config.experts === undefined ? 0 : 2 * config.nEmbd * nExpert * config.nLayer;
  return {
    parameters: count(rows),
    active: count(rows) - inExperts * (1 - topK / nExpert),
    flops: flopsOf(decoder.init(key(0), dense), dense, batch) + routers,
    carriedOut: flopsOf(params, config, batch),
  };
};
